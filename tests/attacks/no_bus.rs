//! A machine on which no systemd answers: a container, a chroot.

use crate::Attack;
use crate::sealed_off::in_namespace;
use crate::support::Scenario;

pub fn attacks() -> Vec<Attack> {
    vec![Attack::namespace("a look at a unit where no systemd answers says what to do", look_at_a_unit)]
}

fn look_at_a_unit() {
    for (argument, gate) in [("--strict", "refused [system]"), ("--json", "\"gate\": \"system\"")] {
        let scenario = Scenario::new().verb("check").argument("--unit").argument("pine").argument(argument);
        let output = in_namespace(&scenario, "", "mount -t tmpfs none /run");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(71), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains(gate) && said.contains("busctl: "), "{said}");
        assert!(said.contains("systemctl is-system-running") && said.contains("-c CONFIG"), "{said}");
    }
}

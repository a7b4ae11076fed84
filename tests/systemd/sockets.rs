//! A socket-activated worker: the descriptors that systemd passes, and the config above them.

use crate::lab::Lab;
use crate::sentences;
use crate::service::Service;

sentences![a_socket_activated_worker_gets_its_descriptors_and_the_config_above_them];

/// Answers one connection on the socket `a` with what it was given.
const WORKER: &str = "
import fcntl, os, socket
listed = sorted(int(name) for name in os.listdir('/proc/self/fd'))
open_ones = [number for number in listed if os.path.exists(f'/proc/self/fd/{number}')]  # not the listing's own
path = os.environ['ENVGATE_CONFIG']
names = os.environ['LISTEN_FDNAMES'].split(':')
number = int(path.rsplit('/', 1)[1])
connection, _ = socket.socket(fileno=3 + names.index('a')).accept()
seals = fcntl.fcntl(number, 1034)  # F_GET_SEALS
with open(path) as config:
    text = config.read()
try:
    os.write(number, b'x')
    writable = True
except OSError:
    writable = False
answer = [os.environ['LISTEN_FDS'], sorted(names), int(os.environ['LISTEN_PID']) == os.getpid(),
          open_ones == [0, 1, 2, 3, 4, number], seals, writable, text]
connection.sendall(repr(answer).encode())
connection.close()
";

const CLIENT: &str = "
import socket
client = socket.socket(socket.AF_UNIX)
client.connect('/run/socketed-a.sock')
answer = b''
while chunk := client.recv(4096):
    answer += chunk
print(answer.decode())
";

fn a_socket_activated_worker_gets_its_descriptors_and_the_config_above_them(lab: &'static Lab) {
    let service = Service::new(lab, "socketed")
        .env_file("socketed.paper.env", "API_KEY=abc\n")
        .config("key: ${API_KEY}\n")
        .kind("exec")
        .setting("Sockets=socketed-a.socket socketed-b.socket")
        .python(WORKER);
    for name in ["a", "b"] {
        let socket = format!(
            "[Socket]\nListenStream=/run/socketed-{name}.sock\nFileDescriptorName={name}\nService=socketed.service\n"
        );
        lab.write(&format!("/etc/systemd/system/socketed-{name}.socket"), socket, 0o644, "root");
    }
    service.install();
    lab.run(["systemctl", "start", "socketed-a.socket", "socketed-b.socket"]).ok();
    let answer = lab.run(["python3", "-c", CLIENT]).ok();
    // Standard streams, two sockets, and above them one descriptor of envgate's: the sealed config. 15: write, grow,
    // shrink and the seals themselves; a kernel that can, seals execution as well (32).
    let expected = |seals: u32| format!("['2', ['a', 'b'], True, True, {seals}, False, 'key: \"abc\"\\n']\n");
    assert!([15, 47].map(expected).contains(&answer), "{answer}");
}

//! A config of both classes, from which the worker chooses, is no mixture of them.

use super::launch;

#[test]
fn a_table_of_both_classes_is_let_through_in_both() {
    for config in [
        "ibkr: {accounts: {paper: {id: DU1234567}, live: {id: U1234567}}}\n",
        "ibkr: {ports: {paper: {gateway: 4002}, live: {gateway: 4001}}}\n",
        "accounts_ibkr: {pine_live: U1234567, eval: DU1234567}\n",
        "ib: {account: [{mode: live, number: U1234567}, {mode: paper, number: DU1234567}]}\n",
        "ib: {account: [{mode: live, number: '${A}'}, {mode: paper, number: DU1234567}]}\n",
        "ibaccounts: {live: U1234567, paper: DU1234567}\n",
        "ibaccounts: {live: {id: U1234567}, paper: {id: DU1234567}}\n",
        "ibport: {live: 4001, paper: 4002}\n",
        "ibaccount: [{id: U1234567}, {id: DU1234567}]\n",
        // The own word counts, but each stands beside its like.
        "ibkr: {live: {port: 4001}, paper: {port: 4002}}\n",
        "ibkr: {live_account: U1234567, paper_account: DU1234567}\n",
        "ibkr: {live: {account: {id: U1234567}}, paper: {account: {id: DU1234567}}}\n",
        "ibkr: {accounts: [U1234567, DU1234567]}\n",
    ] {
        for mode in ["paper", "live"] {
            launch(mode, "A=U1234567", "", config).launched();
        }
    }
}

#[test]
fn a_number_that_stands_beside_none_of_the_mode_is_refused() {
    for config in [
        "ibkr: {account: {id: U1234567}}\n",
        "ibkr: {live: {port: 7496}}\n",
        "ibkr: {accounts: [U1234567, U7654321]}\n",
        // Another key, another kind, another broker.
        "ibkr: {account: U1234567, second: {account: DU1234567}}\n",
        "ibkr: {port: 7496, account: DU1234567}\n",
        // The one without a class is the worker's, and what is called by a class is that one's.
        "ibkr: {port: 7496, paper_port: 7497}\n",
        "ibkr: {paper_port: 7496, live_port: 7497}\n",
        "x: [{ibkr: {account: U1234567}}, {oanda: {account: 101-004-1234567-001}}]\n",
    ] {
        launch("paper", "A=1", "", config).refused(77, "endpoint");
    }
    launch("paper", "A=1", "", "ibkr: {port: 7497, live_port: 7496}\n").launched();
    launch("paper", "A=1", "", "oanda: {account: {number: 001-004-1234567-001}}\n").refused(77, "endpoint");
}

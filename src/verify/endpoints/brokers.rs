//! The table: brokers and data feeds, their hosts, ports, keys and accounts, and who says so.
//!
//! To add a row: only what the broker itself publishes, or what many programs that trade there agree on; what is not
//! sure stays out, since a wrong row stops a live desk. Live hosts are those that take orders. The tests beside this
//! file check each row.

use super::broker::Alphabet::{Base32, Digit, Upper, UpperOrDigit};
use super::broker::Part::{Run, Text};
use super::broker::{Broker, Key, Signs, Source};

/// Words of names whose keys may have the shape of a broker's: stores that speak S3's protocol.
pub const OTHER_OWNERS: &[&str] =
    &["AWS", "S3", "MINIO", "CEPH", "R2", "WASABI", "SPACES", "GCS", "HUAWEI", "HETZNER", "BUCKET"];

/// Every broker and feed.
pub const BROKERS: &[Broker] = &[
    Broker {
        name: "Alpaca",
        words: &["ALPACA", "APCA"],
        paper: Signs {
            hosts: &["paper-api.alpaca.markets", "broker-api.sandbox.alpaca.markets"],
            keys: &[
                Key { shape: &[Text("PK"), Run(UpperOrDigit, 18, 18)], except: &[] },
                Key { shape: &[Text("PK"), Run(Base32, 24, 24)], except: &[] },
            ],
            ..Signs::NONE
        },
        live: Signs {
            hosts: &["api.alpaca.markets", "broker-api.alpaca.markets"],
            keys: &[
                // AKIA and 16 more is an access key of AWS.
                Key { shape: &[Text("AK"), Run(UpperOrDigit, 18, 18)], except: &["AKIA"] },
                // As long as the paper keys of today; no public page shows a live one.
                Key { shape: &[Text("AK"), Run(Base32, 24, 24)], except: &[] },
            ],
            ..Signs::NONE
        },
        left_out: "data.alpaca.markets and stream.data.alpaca.markets serve data to both; CK keys are of the Broker API in both",
        sources: &[
            Source {
                url: "https://docs.alpaca.markets/reference",
                says: "the live domain is api.alpaca.markets; paper has its own domain, paper-api.alpaca.markets, and its own keys",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.alpaca.markets/us/docs/broker-mcp-server",
                says: "the Broker API has a sandbox and a live environment: broker-api.sandbox.alpaca.markets, broker-api.alpaca.markets",
                read: "2026-11-20",
            },
            Source {
                url: "https://www.skills.sh/kekewater/hermes-skills/us-stock-trading",
                says: "a paper key of today: PK and 24 more of A-Z2-7; older ones, in many public repositories, have 18 of A-Z0-9; live keys begin with AK",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "Interactive Brokers",
        words: &["IB", "IBKR", "TWS", "IBGW", "IBGATEWAY", "INTERACTIVE_BROKERS"],
        paper: Signs {
            ports: &[7497, 4002],
            accounts: &[&[Text("DU"), Run(Upper, 0, 1), Run(Digit, 5, 8)]],
            ..Signs::NONE
        },
        live: Signs { ports: &[7496, 4001], accounts: &[&[Text("U"), Run(Digit, 5, 8)]], ..Signs::NONE },
        left_out: "TWS and Gateway listen on the user's own host; api.ibkr.com serves both; ports of container images (4003, 4004) are theirs; F and I accounts are advisors' of either class",
        sources: &[
            Source {
                url: "https://docs.rs/crate/ibapi/2.12.0/source/examples/sync/connect.rs",
                says: "Gateway's default ports: 4001 live, 4002 paper",
                read: "2026-11-20",
            },
            Source {
                url: "https://rdrr.io/github/pverspeelt/ibapir/man/ib_connect.html",
                says: "7497 is TWS with a paper account, 7496 with a live one; Gateway 4002 and 4001",
                read: "2026-11-20",
            },
            Source {
                url: "https://www.skills.sh/starchild-ai-agent/official-skills/ibkr",
                says: "a paper account's number begins with DU; live ones are U and digits, as many public programs check",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "Tradovate",
        words: &["TRADOVATE"],
        paper: Signs { hosts: &["demo.tradovateapi.com"], ..Signs::NONE },
        live: Signs { hosts: &["live.tradovateapi.com"], ..Signs::NONE },
        left_out: "md.tradovateapi.com serves data to both; live-api-d.tradovate.com gives tokens to both",
        sources: &[Source {
            url: "https://partner.tradovate.com/resources/reference/environments",
            says: "demo.tradovateapi.com is the simulation, live.tradovateapi.com real trading, REST and websocket",
            read: "2026-11-20",
        }],
    },
    Broker {
        name: "TradersPost",
        words: &["TRADERSPOST"],
        paper: Signs::NONE,
        live: Signs::NONE,
        left_out: "a webhook belongs to a strategy, and the subscription there chooses a paper or a live account: the URL is the same",
        sources: &[
            Source {
                url: "https://docs.traderspost.io/docs/developer-resources/webhook-reference",
                says: "every webhook is /trading/webhook/{uuid}/{password} on webhooks.traderspost.io",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.traderspost.io/docs/core-concepts/subscriptions",
                says: "a subscription connects a strategy, and so its webhook, to a broker's account",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "OANDA",
        words: &["OANDA"],
        paper: Signs {
            hosts: &["api-fxpractice.oanda.com", "stream-fxpractice.oanda.com", "fxgame-fix.oanda.com"],
            accounts: &[&[
                Text("101-"),
                Run(Digit, 3, 3),
                Text("-"),
                Run(Digit, 4, 9),
                Text("-"),
                Run(Digit, 3, 3),
            ]],
            ..Signs::NONE
        },
        live: Signs {
            hosts: &["api-fxtrade.oanda.com", "stream-fxtrade.oanda.com", "fxtrade-fix.oanda.com"],
            accounts: &[&[
                Text("001-"),
                Run(Digit, 3, 3),
                Text("-"),
                Run(Digit, 4, 9),
                Text("-"),
                Run(Digit, 3, 3),
            ]],
            ..Signs::NONE
        },
        left_out: "tokens have the same shape in both",
        sources: &[
            Source {
                url: "https://developer.oanda.com/rest-live-v20/development-guide",
                says: "fxTrade Practice is api-fxpractice and stream-fxpractice, fxTrade is api-fxtrade and stream-fxtrade",
                read: "2026-11-20",
            },
            Source {
                url: "https://developer.oanda.com/fix-live/development-guide",
                says: "FIX: fxgame-fix.oanda.com is fxTrade Practice, fxtrade-fix.oanda.com is fxTrade",
                read: "2026-11-20",
            },
            Source {
                url: "https://developer.oanda.com/rest-live-v20/account-df/",
                says: "an account is site-division-user-number, as 001-011-5838423-001 on fxTrade",
                read: "2026-11-20",
            },
            Source {
                url: "https://tessl.io/registry/tessl/maven-oanda--v20",
                says: "an account of fxTrade Practice is 101-004-12345678-001",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "Binance",
        words: &["BINANCE"],
        paper: Signs {
            hosts: &[
                "testnet.binance.vision",
                "*.testnet.binance.vision",
                "demo-api.binance.com",
                "demo-ws-api.binance.com",
                "demo-stream.binance.com",
                "demo-stream-sbe.binance.com",
                "demo-fix-oe.binance.com",
                "demo-fix-dc.binance.com",
                "demo-fix-md.binance.com",
                "testnet.binancefuture.com",
                "stream.binancefuture.com",
                "fstream.binancefuture.com",
                "dstream.binancefuture.com",
                "demo-fapi.binance.com",
                "demo-dapi.binance.com",
                "demo-fstream.binance.com",
                "demo-dstream.binance.com",
            ],
            ..Signs::NONE
        },
        live: Signs {
            hosts: &[
                "api.binance.com",
                "api-gcp.binance.com",
                "api1.binance.com",
                "api2.binance.com",
                "api3.binance.com",
                "api4.binance.com",
                "ws-api.binance.com",
                "fix-oe.binance.com",
                "fapi.binance.com",
                "ws-fapi.binance.com",
                "dapi.binance.com",
                "ws-dapi.binance.com",
                "eapi.binance.com",
                "papi.binance.com",
                "api.binance.us",
            ],
            ..Signs::NONE
        },
        left_out: "stream, fstream, dstream and fix-md.binance.com, data-api and data-stream.binance.vision take no orders; Binance.US has no test environment; keys have the same shape in both",
        sources: &[
            Source {
                url: "https://developers.binance.com/en/docs/products/spot/testnet/general-info",
                says: "for each spot host of production the one of the testnet, all at or below testnet.binance.vision",
                read: "2026-11-20",
            },
            Source {
                url: "https://developers.binance.com/docs/binance-spot-api-docs/demo-mode",
                says: "for each spot host of production the one of demo mode, demo-….binance.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://github.com/nautechsystems/nautilus_trader/blob/develop/docs/integrations/binance.md",
                says: "the futures testnets of today: demo-fapi and demo-fstream, demo-dapi and demo-dstream.binance.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.binance.us/",
                says: "the base endpoint of Binance.US, orders too, is api.binance.us",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.rs/crate/binance-sdk/latest/source/src/derivatives_trading_usds_futures/mod.rs",
                says: "Binance's own SDK has production, testnet and demo URLs of futures, options and portfolio margin (its file of constants)",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "Bybit",
        words: &["BYBIT"],
        paper: Signs {
            hosts: &[
                "api-testnet.bybit.com",
                "stream-testnet.bybit.com",
                "api-demo.bybit.com",
                "stream-demo.bybit.com",
            ],
            ..Signs::NONE
        },
        live: Signs {
            hosts: &[
                "api.bybit.com",
                "api.bytick.com",
                "api.bybit.nl",
                "api.bybit-tr.com",
                "api.bybit.kz",
                "api.bybitgeorgia.ge",
                "api.bybit.ae",
                "api.bybit.eu",
                "api.bybit.id",
                "stream.bybit.com",
                "stream.bybit-tr.com",
                "stream.bybit.kz",
                "stream.bybitgeorgia.ge",
                "stream.bybit.eu",
            ],
            ..Signs::NONE
        },
        left_out: "keys have the same shape in all",
        sources: &[
            Source {
                url: "https://bybit-exchange.github.io/docs/v5/guide",
                says: "REST: api-testnet.bybit.com is the testnet; api.bybit.com, api.bytick.com and those of countries are production",
                read: "2026-11-20",
            },
            Source {
                url: "https://bybit-exchange.github.io/docs/v5/ws/connect",
                says: "websocket: stream-testnet.bybit.com and stream.bybit.com, each with public data and order entry",
                read: "2026-11-20",
            },
            Source {
                url: "https://bybit-exchange.github.io/docs/v5/websocket/system/system-status",
                says: "the websocket of clients of the EU is stream.bybit.eu",
                read: "2026-11-20",
            },
            Source {
                url: "https://bybit-exchange.github.io/docs/v5/demo",
                says: "demo trading: api-demo.bybit.com and stream-demo.bybit.com; its public data comes from stream.bybit.com",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "KuCoin",
        words: &["KUCOIN"],
        paper: Signs {
            hosts: &["openapi-sandbox.kucoin.com", "api-sandbox-futures.kucoin.com"],
            ..Signs::NONE
        },
        live: Signs {
            hosts: &["api.kucoin.com", "api-futures.kucoin.com", "api.kucoin.eu", "wsapi.kucoin.com"],
            ..Signs::NONE
        },
        left_out: "the sandbox was closed in 2023: its rows keep it out of live; the other websocket hosts stream, or come with a token and stand in no config",
        sources: &[
            Source {
                url: "https://packagist.org/packages/kucoin/kucoin-futures-php-sdk",
                says: "KuCoin's own SDK: futures on api-futures.kucoin.com, its sandbox on api-sandbox-futures.kucoin.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://github.com/rabsana/kucoin-php-sdk",
                says: "spot on api.kucoin.com, its sandbox on openapi-sandbox.kucoin.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.kucoin.com/",
                says: "orders by websocket go to wsapi.kucoin.com; wsapi-push, x-push and ws-api hosts push data",
                read: "2026-11-20",
            },
            Source {
                url: "https://github.com/sieblyio/kucoin-api/releases/tag/v2.5.0",
                says: "clients of the EU trade at api.kucoin.eu (as the SDK's table of hosts has it, after KuCoin's own page for the EU)",
                read: "2026-11-20",
            },
            Source {
                url: "https://github.com/Kucoin/kucoin-api-docs/issues/473",
                says: "the sandbox is gone since August 2023",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "Deribit",
        words: &["DERIBIT"],
        paper: Signs { hosts: &["test.deribit.com", "fix-test.deribit.com"], ..Signs::NONE },
        live: Signs { hosts: &["www.deribit.com", "fix.deribit.com"], ..Signs::NONE },
        left_out: "FIX has the same ports in both; deribit.com without www is the web site, which some clients connect to and no page of Deribit's names",
        sources: &[
            Source {
                url: "https://docs.deribit.com/index",
                says: "test.deribit.com is the test environment, with accounts and keys of its own; production is www.deribit.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.deribit.com/fix-api/production/overview.md",
                says: "FIX: fix.deribit.com is production, fix-test.deribit.com the test network",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "Kraken",
        words: &["KRAKEN"],
        paper: Signs { hosts: &["demo-futures.kraken.com"], ..Signs::NONE },
        live: Signs {
            hosts: &["futures.kraken.com", "api.kraken.com", "ws-auth.kraken.com", "beta-ws-auth.kraken.com"],
            ..Signs::NONE
        },
        left_out: "the futures demo was closed on 2026-07-14: its row keeps it out of live; spot has no test environment; ws.kraken.com takes no orders",
        sources: &[
            Source {
                url: "https://support.kraken.com/articles/360024809011-api-testing-environment-derivatives",
                says: "the demo differs from futures.kraken.com in the base URL alone: demo-futures.kraken.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://github.com/sieblyio/kraken-api/releases/tag/v1.1.7",
                says: "the futures demo was retired on 14 July 2026 without a replacement",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.kraken.com/exchange/api-reference/spot-websocket",
                says: "ws-auth.kraken.com takes orders, ws.kraken.com is public; the beta hosts share production's engine",
                read: "2026-11-20",
            },
            Source {
                url: "https://raw.githubusercontent.com/api-evangelist/kraken/refs/heads/main/sandbox/kraken-sandbox.yml",
                says: "spot has no sandbox: api.kraken.com is production",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "Coinbase",
        words: &["COINBASE"],
        paper: Signs {
            hosts: &["*.sandbox.exchange.coinbase.com", "api-sandbox.coinbase.com", "api-n5e1.coinbase.com"],
            ..Signs::NONE
        },
        live: Signs {
            hosts: &[
                "api.exchange.coinbase.com",
                "fix-ord.exchange.coinbase.com",
                "api.coinbase.com",
                "api.international.coinbase.com",
                "drb.coinbase.com",
            ],
            ..Signs::NONE
        },
        left_out: "ws-feed, ws-direct and fix-md.exchange.coinbase.com, streams.drb.coinbase.com and the websockets of Advanced Trade take no orders; Prime was not looked at",
        sources: &[
            Source {
                url: "https://docs.cdp.coinbase.com/exchange/introduction/sandbox",
                says: "Exchange's sandbox, with keys of its own, is below sandbox.exchange.coinbase.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.cdp.coinbase.com/exchange/introduction/systems-operations",
                says: "Exchange's production: api.exchange.coinbase.com, order entry by FIX at fix-ord.exchange.coinbase.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.cdp.coinbase.com/api-reference/advanced-trade-api",
                says: "international derivatives are traded at drb.coinbase.com; the websockets of Advanced Trade are feeds",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.cloud.coinbase.com/intx/docs/rest-auth",
                says: "International Exchange: api.international.coinbase.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://github.com/coinbase-samples/intx-sdk-py",
                says: "Coinbase's own SDK: the sandbox of International Exchange is api-n5e1.coinbase.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/sandbox",
                says: "Advanced Trade's sandbox is api-sandbox.coinbase.com and answers with mocks; production is api.coinbase.com",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "BitMEX",
        words: &["BITMEX"],
        paper: Signs { hosts: &["testnet.bitmex.com", "ws.testnet.bitmex.com"], ..Signs::NONE },
        live: Signs { hosts: &["www.bitmex.com"], ..Signs::NONE },
        left_out: "ws.bitmex.com streams data; keys have the same shape in both",
        sources: &[Source {
            url: "https://socket.dev/pypi/package/bitmex-ws",
            says: "BitMEX's own adapter: testnet is for simulated trading, www for live; keys are of one of the two",
            read: "2026-11-20",
        }],
    },
    Broker {
        name: "OKX",
        words: &["OKX", "OKEX"],
        paper: Signs { hosts: &["wspap.okx.com", "wseeapap.okx.com", "wsuspap.okx.com"], ..Signs::NONE },
        live: Signs::NONE,
        left_out: "REST has the same hosts for demo and live trading, told apart by the header x-simulated-trading and the key; ws.okx.com gives demo workers their prices",
        sources: &[
            Source {
                url: "https://docs.rs/ccxt-exchanges/latest/src/ccxt_exchanges/okx/endpoint_router.rs.html",
                says: "demo trading has production's REST host with a header, and websockets of its own at wspap.okx.com",
                read: "2026-11-20",
            },
            Source {
                url: "https://my.okx.com/docs-v5/en/#overview-demo-trading-services",
                says: "demo websockets: wseeapap.okx.com in the EEA; wsuspap.okx.com in the US (as public clients quote the page)",
                read: "2026-11-20",
            },
        ],
    },
    Broker {
        name: "Databento",
        words: &["DATABENTO"],
        paper: Signs::NONE,
        live: Signs::NONE,
        left_out: "market data alone: one key and the same hosts for paper and live workers",
        sources: &[Source {
            url: "https://databento.com/docs/api-historical/basics/authentication",
            says: "one key, db- and 29 more, for historical and live data",
            read: "2026-11-20",
        }],
    },
    Broker {
        name: "Massive",
        words: &["MASSIVE", "POLYGON"],
        paper: Signs::NONE,
        live: Signs::NONE,
        left_out: "market data alone: REST, websocket and files by S3",
        sources: &[Source {
            url: "https://massive.com/docs",
            says: "market data by REST, websocket and flat files; no orders",
            read: "2026-11-20",
        }],
    },
];

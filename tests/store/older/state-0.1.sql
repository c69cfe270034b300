BEGIN TRANSACTION;
CREATE TABLE countdown (
    role TEXT PRIMARY KEY CHECK (role IN ('on trial', 'returned')),
    body TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "countdown" VALUES('on trial','{"revision":5,"boot_id":"3e9f5d0c-0000-4000-8000-000000000000","window_s":60,"started_s":12.5,"in_force_s":12.75,"taken":[]}');
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    gateway INTEGER,
    body TEXT NOT NULL
);
INSERT INTO "event" VALUES(1,1772368215250,'verdict',2,'{"at":"2026-03-01T12:30:15.250000Z","kind":"verdict","text":"ISP 2 is down: no reply from 10.0.0.3 (icmp, 3 probes)","number":2,"layer":"icmp","detected_ms":1900.5,"severity":"bad"}');
CREATE TABLE interface_before (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
) WITHOUT ROWID
;
INSERT INTO "interface_before" VALUES('eth1','{"name":"eth1","addresses":["192.168.1.77/24"],"defaults":[]}');
CREATE TABLE owned_table (number INTEGER PRIMARY KEY);
INSERT INTO "owned_table" VALUES(241);
INSERT INTO "owned_table" VALUES(242);
INSERT INTO "owned_table" VALUES(245);
INSERT INTO "owned_table" VALUES(246);
CREATE TABLE revision (
    role TEXT PRIMARY KEY CHECK (role IN ('in force', 'confirmed')),
    number INTEGER NOT NULL,
    config TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "revision" VALUES('confirmed',4,'{"interfaces":[{"name":"eth0","role":"lan","managed":true,"addresses":["62.231.110.65/26"]},{"name":"eth1","role":"wan","managed":true,"addresses":["192.168.1.1/24"]},{"name":"eth2","role":"wan","managed":false,"addresses":[]}],"gateways":[{"number":1,"name":"ISP 1","address":"192.168.1.2","interface":"eth1","weight":1,"tier":1,"on_return":"stay","enabled":true,"cut":false,"source":null,"far":false,"snat":"address","checks":null,"timing":{"interval_s":null,"timeout_s":null,"fall":null,"rise":null,"hold_s":null,"standby_interval_s":null}},{"number":2,"name":"ISP 2","address":null,"interface":"eth2","weight":1,"tier":1,"on_return":"stay","enabled":true,"cut":false,"source":null,"far":false,"snat":"address","checks":null,"timing":{"interval_s":null,"timeout_s":null,"fall":null,"rise":null,"hold_s":null,"standby_interval_s":null}}],"rules":[],"settings":{"failover":{"enabled":true,"checks":[],"timing":{"interval_s":1.0,"timeout_s":1.0,"fall":3,"rise":3,"hold_s":10.0,"standby_interval_s":10.0},"all_down":"keep-trying","clients":"tell"},"balancing":"source-destination","panel":{"port":443,"reachable_from_outside":false,"confirm_window_s":60}}}',1772368215250);
INSERT INTO "revision" VALUES('in force',5,'{"interfaces":[{"name":"eth0","role":"lan","managed":true,"addresses":["62.231.110.65/26"]},{"name":"eth1","role":"wan","managed":true,"addresses":["192.168.1.1/24"]},{"name":"eth2","role":"wan","managed":false,"addresses":[]}],"gateways":[{"number":1,"name":"ISP 1","address":"192.168.1.2","interface":"eth1","weight":1,"tier":1,"on_return":"stay","enabled":true,"cut":false,"source":null,"far":false,"snat":"address","checks":null,"timing":{"interval_s":null,"timeout_s":null,"fall":null,"rise":null,"hold_s":null,"standby_interval_s":null}},{"number":2,"name":"ISP 2","address":null,"interface":"eth2","weight":1,"tier":1,"on_return":"stay","enabled":true,"cut":false,"source":null,"far":false,"snat":"address","checks":null,"timing":{"interval_s":null,"timeout_s":null,"fall":null,"rise":null,"hold_s":null,"standby_interval_s":null}}],"rules":[],"settings":{"failover":{"enabled":true,"checks":[],"timing":{"interval_s":1.0,"timeout_s":1.0,"fall":3,"rise":3,"hold_s":10.0,"standby_interval_s":10.0},"all_down":"keep-trying","clients":"tell"},"balancing":"source-destination","panel":{"port":443,"reachable_from_outside":false,"confirm_window_s":60}}}',1772368215250);
CREATE TABLE sample (
    at_ms INTEGER NOT NULL,
    gateway INTEGER NOT NULL,
    rtt_ms REAL,
    loss_percent REAL,
    rx_bits_per_s REAL,
    tx_bits_per_s REAL,
    PRIMARY KEY (at_ms, gateway)
) WITHOUT ROWID;
INSERT INTO "sample" VALUES(1772368215250,1,9.5,0.0,1500000.0,300000.0);
INSERT INTO "sample" VALUES(1772368215250,2,NULL,100.0,0.0,0.0);
INSERT INTO "sample" VALUES(1772368225250,1,9.75,0.0,1000000.0,300000.0);
CREATE TABLE sample_hour (
    at_ms INTEGER NOT NULL,
    gateway INTEGER NOT NULL,
    rtt_ms REAL,
    loss_percent REAL,
    rx_bits_per_s REAL,
    tx_bits_per_s REAL,
    PRIMARY KEY (at_ms, gateway)
) WITHOUT ROWID
;
INSERT INTO "sample_hour" VALUES(1772272800000,1,12.0,1.0,1000000.0,200000.0);
INSERT INTO "sample_hour" VALUES(1772272800000,2,NULL,100.0,NULL,NULL);
CREATE TABLE sysctl_before (
    path TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO "sysctl_before" VALUES('net/ipv4/ip_forward','0',1772368215250);
CREATE TABLE verdict (
    gateway INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    layer TEXT,
    carries INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);
INSERT INTO "verdict" VALUES(1,'up','all checks answer',1772368215250,NULL,1,'3e9f5d0c-0000-4000-8000-000000000000',1772368215250);
INSERT INTO "verdict" VALUES(2,'down','no reply from 10.0.0.3 (icmp, 3 probes)',1772368215250,'icmp',0,'3e9f5d0c-0000-4000-8000-000000000000',1772368215250);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',1);
COMMIT;
PRAGMA user_version=4;

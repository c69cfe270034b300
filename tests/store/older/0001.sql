BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE api_token (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	token_hash BLOB NOT NULL, 
	read_only BOOLEAN NOT NULL, 
	created_at VARCHAR NOT NULL, 
	created_by VARCHAR NOT NULL, 
	last_used_at VARCHAR, 
	PRIMARY KEY (id), 
	UNIQUE (name), 
	UNIQUE (token_hash)
);
INSERT INTO "api_token" VALUES(3,'script',X'07',1,'c','ana',NULL);
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at VARCHAR NOT NULL, 
	actor VARCHAR NOT NULL, 
	origin VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	detail VARCHAR NOT NULL, 
	revision INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "audit" VALUES(1,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 1',1);
INSERT INTO "audit" VALUES(2,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 2',2);
INSERT INTO "audit" VALUES(3,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 3',3);
INSERT INTO "audit" VALUES(4,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 4',4);
INSERT INTO "audit" VALUES(5,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 5',5);
INSERT INTO "audit" VALUES(6,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 6',6);
INSERT INTO "audit" VALUES(7,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 7',7);
INSERT INTO "audit" VALUES(8,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 8',8);
CREATE TABLE confirmation (
	revision INTEGER NOT NULL, 
	at VARCHAR NOT NULL, 
	actor VARCHAR NOT NULL, 
	PRIMARY KEY (revision), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "confirmation" VALUES(2,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(3,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(4,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(5,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(6,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(7,'2026-02-03T04:05:06.000789+00:00','ana');
CREATE TABLE gateway (
	revision INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	interface VARCHAR NOT NULL, 
	address VARCHAR, 
	far BOOLEAN NOT NULL, 
	weight INTEGER NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	cut BOOLEAN NOT NULL, 
	source VARCHAR, 
	snat VARCHAR NOT NULL, 
	own_checks BOOLEAN NOT NULL, 
	interval_s FLOAT, 
	timeout_s FLOAT, 
	fall INTEGER, 
	rise INTEGER, 
	hold_s FLOAT, 
	PRIMARY KEY (revision, number), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "gateway" VALUES(2,1,0,'ISP 1','eth1','192.168.1.2',0,1,1,0,NULL,'address',0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gateway" VALUES(2,2,1,'ISP 2','eth2','172.17.0.2',0,1,1,0,NULL,'address',0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gateway" VALUES(3,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gateway" VALUES(3,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',1,0.25,NULL,2,NULL,0.0);
INSERT INTO "gateway" VALUES(3,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',0,NULL,0.5,NULL,9,NULL);
INSERT INTO "gateway" VALUES(4,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gateway" VALUES(4,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',1,0.25,NULL,2,NULL,0.0);
INSERT INTO "gateway" VALUES(4,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',0,NULL,0.5,NULL,9,NULL);
INSERT INTO "gateway" VALUES(5,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gateway" VALUES(5,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',1,0.25,NULL,2,NULL,0.0);
INSERT INTO "gateway" VALUES(5,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',0,NULL,0.5,NULL,9,NULL);
INSERT INTO "gateway" VALUES(6,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gateway" VALUES(6,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',1,0.25,NULL,2,NULL,0.0);
INSERT INTO "gateway" VALUES(6,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',0,NULL,0.5,NULL,9,NULL);
INSERT INTO "gateway" VALUES(7,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gateway" VALUES(7,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',1,0.25,NULL,2,NULL,0.0);
INSERT INTO "gateway" VALUES(7,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',0,NULL,0.5,NULL,9,NULL);
INSERT INTO "gateway" VALUES(8,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',1,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "gateway" VALUES(8,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',1,0.25,NULL,2,NULL,0.0);
INSERT INTO "gateway" VALUES(8,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',0,NULL,0.5,NULL,9,NULL);
CREATE TABLE gateway_check (
	revision INTEGER NOT NULL, 
	gateway INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	parameters VARCHAR NOT NULL, 
	PRIMARY KEY (revision, gateway, position), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "gateway_check" VALUES(3,0,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(3,0,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(3,2,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(3,2,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(3,2,2,'udp','{"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": ""}');
INSERT INTO "gateway_check" VALUES(3,2,3,'udp','{"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab"}');
INSERT INTO "gateway_check" VALUES(3,2,4,'http','{"url": "http://10.0.0.3/\u00e4?q=1", "method": "GET", "status": 204, "contains": "gut \u2713", "follow_redirects": true, "verify_tls": true, "address": null}');
INSERT INTO "gateway_check" VALUES(3,2,5,'http','{"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3"}');
INSERT INTO "gateway_check" VALUES(3,2,6,'link','{}');
INSERT INTO "gateway_check" VALUES(4,0,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(4,0,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(4,2,0,'icmp','{');
INSERT INTO "gateway_check" VALUES(4,2,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(4,2,2,'udp','{"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": ""}');
INSERT INTO "gateway_check" VALUES(4,2,3,'udp','{"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab"}');
INSERT INTO "gateway_check" VALUES(4,2,4,'http','{"url": "http://10.0.0.3/\u00e4?q=1", "method": "GET", "status": 204, "contains": "gut \u2713", "follow_redirects": true, "verify_tls": true, "address": null}');
INSERT INTO "gateway_check" VALUES(4,2,5,'http','{"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3"}');
INSERT INTO "gateway_check" VALUES(4,2,6,'link','{}');
INSERT INTO "gateway_check" VALUES(5,0,0,'smoke','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(5,0,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(5,2,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(5,2,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(5,2,2,'udp','{"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": ""}');
INSERT INTO "gateway_check" VALUES(5,2,3,'udp','{"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab"}');
INSERT INTO "gateway_check" VALUES(5,2,4,'http','{"url": "http://10.0.0.3/\u00e4?q=1", "method": "GET", "status": 204, "contains": "gut \u2713", "follow_redirects": true, "verify_tls": true, "address": null}');
INSERT INTO "gateway_check" VALUES(5,2,5,'http','{"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3"}');
INSERT INTO "gateway_check" VALUES(5,2,6,'link','{}');
INSERT INTO "gateway_check" VALUES(6,0,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(6,0,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(6,2,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(6,2,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(6,2,2,'udp','{"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": ""}');
INSERT INTO "gateway_check" VALUES(6,2,3,'udp','{"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab"}');
INSERT INTO "gateway_check" VALUES(6,2,4,'http','{"url": "http://10.0.0.3/\u00e4?q=1", "method": "GET", "status": 204, "contains": "gut \u2713", "follow_redirects": true, "verify_tls": true, "address": null}');
INSERT INTO "gateway_check" VALUES(6,2,5,'http','{"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3"}');
INSERT INTO "gateway_check" VALUES(6,2,6,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,101,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,102,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,103,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,104,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,105,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,106,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,107,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,108,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,109,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,110,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,111,'link','{}');
INSERT INTO "gateway_check" VALUES(6,2,112,'link','{}');
INSERT INTO "gateway_check" VALUES(7,0,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(7,0,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(7,2,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(7,2,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(7,2,2,'udp','{"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": ""}');
INSERT INTO "gateway_check" VALUES(7,2,3,'udp','{"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab"}');
INSERT INTO "gateway_check" VALUES(7,2,4,'http','{"url": "http://10.0.0.3/\u00e4?q=1", "method": "GET", "status": 204, "contains": "gut \u2713", "follow_redirects": true, "verify_tls": true, "address": null}');
INSERT INTO "gateway_check" VALUES(7,2,'last','http','{"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3"}');
INSERT INTO "gateway_check" VALUES(7,2,6,'link','{}');
INSERT INTO "gateway_check" VALUES(8,0,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(8,0,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(8,2,0,'icmp','{"targets": ["10.0.0.3", "example.com"], "quorum": 2}');
INSERT INTO "gateway_check" VALUES(8,2,1,'tcp','{"targets": ["1.1.1.1"], "quorum": 1, "port": 853}');
INSERT INTO "gateway_check" VALUES(8,2,2,'udp','{"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": ""}');
INSERT INTO "gateway_check" VALUES(8,2,3,'udp','{"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab"}');
INSERT INTO "gateway_check" VALUES(8,2,4,'http','{"url": "http://10.0.0.3/\u00e4?q=1", "method": "GET", "status": 204, "contains": "gut \u2713", "follow_redirects": true, "verify_tls": true, "address": null}');
INSERT INTO "gateway_check" VALUES(8,2,5,'http','{"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3"}');
INSERT INTO "gateway_check" VALUES(8,2,6,'link','{}');
CREATE TABLE interface (
	revision INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	role VARCHAR NOT NULL, 
	managed BOOLEAN NOT NULL, 
	PRIMARY KEY (revision, name), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "interface" VALUES(2,'eth0',0,'lan',1);
INSERT INTO "interface" VALUES(2,'eth1',1,'wan',1);
INSERT INTO "interface" VALUES(2,'eth2',2,'wan',1);
INSERT INTO "interface" VALUES(3,'wan2',0,'wan',0);
INSERT INTO "interface" VALUES(3,'lan0',1,'lan',1);
INSERT INTO "interface" VALUES(3,'eth1',2,'wan',1);
INSERT INTO "interface" VALUES(3,'spare',3,'unused',0);
INSERT INTO "interface" VALUES(4,'wan2',0,'wan',0);
INSERT INTO "interface" VALUES(4,'lan0',1,'lan',1);
INSERT INTO "interface" VALUES(4,'eth1',2,'wan',1);
INSERT INTO "interface" VALUES(4,'spare',3,'unused',0);
INSERT INTO "interface" VALUES(5,'wan2',0,'wan',0);
INSERT INTO "interface" VALUES(5,'lan0',1,'lan',1);
INSERT INTO "interface" VALUES(5,'eth1',2,'wan',1);
INSERT INTO "interface" VALUES(5,'spare',3,'unused',0);
INSERT INTO "interface" VALUES(6,'wan2',0,'wan',0);
INSERT INTO "interface" VALUES(6,'lan0',1,'lan',1);
INSERT INTO "interface" VALUES(6,'eth1',2,'wan',1);
INSERT INTO "interface" VALUES(6,'spare',3,'unused',0);
INSERT INTO "interface" VALUES(7,'wan2',0,'wan',0);
INSERT INTO "interface" VALUES(7,'lan0',1,'lan',1);
INSERT INTO "interface" VALUES(7,'eth1',2,'wan',1);
INSERT INTO "interface" VALUES(7,'spare',3,'unused',0);
INSERT INTO "interface" VALUES(8,'wan2',0,'wan',0);
INSERT INTO "interface" VALUES(8,'lan0',1,'lan',1);
INSERT INTO "interface" VALUES(8,'eth1',2,'wan',1);
INSERT INTO "interface" VALUES(8,'spare',3,'unused',0);
CREATE TABLE interface_address (
	revision INTEGER NOT NULL, 
	interface VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	address VARCHAR NOT NULL, 
	PRIMARY KEY (revision, interface, position), 
	FOREIGN KEY(revision, interface) REFERENCES interface (revision, name)
);
INSERT INTO "interface_address" VALUES(2,'eth0',0,'62.231.110.65/26');
INSERT INTO "interface_address" VALUES(2,'eth1',0,'192.168.1.1/24');
INSERT INTO "interface_address" VALUES(2,'eth2',0,'172.17.0.1/24');
INSERT INTO "interface_address" VALUES(3,'lan0',0,'10.200.0.1/16');
INSERT INTO "interface_address" VALUES(3,'lan0',1,'10.201.0.1/24');
INSERT INTO "interface_address" VALUES(3,'lan0',2,'10.199.0.1/24');
INSERT INTO "interface_address" VALUES(3,'eth1',0,'192.168.1.1/24');
INSERT INTO "interface_address" VALUES(3,'eth1',1,'192.168.1.9/24');
INSERT INTO "interface_address" VALUES(4,'lan0',0,'10.200.0.1/16');
INSERT INTO "interface_address" VALUES(4,'lan0',1,'10.201.0.1/24');
INSERT INTO "interface_address" VALUES(4,'lan0',2,'10.199.0.1/24');
INSERT INTO "interface_address" VALUES(4,'eth1',0,'192.168.1.1/24');
INSERT INTO "interface_address" VALUES(4,'eth1',1,'192.168.1.9/24');
INSERT INTO "interface_address" VALUES(5,'lan0',0,'10.200.0.1/16');
INSERT INTO "interface_address" VALUES(5,'lan0',1,'10.201.0.1/24');
INSERT INTO "interface_address" VALUES(5,'lan0',2,'10.199.0.1/24');
INSERT INTO "interface_address" VALUES(5,'eth1',0,'192.168.1.1/24');
INSERT INTO "interface_address" VALUES(5,'eth1',1,'192.168.1.9/24');
INSERT INTO "interface_address" VALUES(6,'lan0',0,'10.200.0.1/16');
INSERT INTO "interface_address" VALUES(6,'lan0',1,'10.201.0.1/24');
INSERT INTO "interface_address" VALUES(6,'lan0',2,'10.199.0.1/24');
INSERT INTO "interface_address" VALUES(6,'eth1',0,'192.168.1.1/24');
INSERT INTO "interface_address" VALUES(6,'eth1',1,'192.168.1.9/24');
INSERT INTO "interface_address" VALUES(7,'lan0',0,'10.200.0.1/16');
INSERT INTO "interface_address" VALUES(7,'lan0',1,'10.201.0.1/24');
INSERT INTO "interface_address" VALUES(7,'lan0',2,'10.199.0.1/24');
INSERT INTO "interface_address" VALUES(7,'eth1',0,'192.168.1.1/24');
INSERT INTO "interface_address" VALUES(7,'eth1',1,'192.168.1.9/24');
INSERT INTO "interface_address" VALUES(8,'lan0',0,'10.200.0.1/16');
INSERT INTO "interface_address" VALUES(8,'lan0',1,'10.201.0.1/24');
INSERT INTO "interface_address" VALUES(8,'lan0',2,'10.199.0.1/24');
INSERT INTO "interface_address" VALUES(8,'eth1',0,'192.168.1.1/24');
INSERT INTO "interface_address" VALUES(8,'eth1',1,'192.168.1.9/24');
CREATE TABLE revision (
	number INTEGER NOT NULL, 
	created_at VARCHAR NOT NULL, 
	author VARCHAR NOT NULL, 
	origin VARCHAR NOT NULL, 
	note VARCHAR NOT NULL, 
	returns_to INTEGER, 
	confirm_window_s INTEGER, 
	confirm_key_hash BLOB, 
	confirm_session INTEGER, 
	PRIMARY KEY (number), 
	FOREIGN KEY(returns_to) REFERENCES revision (number)
);
INSERT INTO "revision" VALUES(1,'2026-02-03T05:05:06.000789+00:00','ana','panel','change 1',NULL,NULL,NULL,NULL);
INSERT INTO "revision" VALUES(2,'2026-02-03T06:05:06.000789+00:00','ana','panel','change 2',NULL,60,NULL,1);
INSERT INTO "revision" VALUES(3,'2026-02-03T07:05:06.000789+00:00','ana','panel','change 3',NULL,60,NULL,1);
INSERT INTO "revision" VALUES(4,'2026-02-03T08:05:06.000789+00:00','ana','panel','change 4',NULL,NULL,NULL,NULL);
INSERT INTO "revision" VALUES(5,'2026-02-03T09:05:06.000789+00:00','ana','panel','change 5',NULL,NULL,NULL,NULL);
INSERT INTO "revision" VALUES(6,'2026-02-03T10:05:06.000789+00:00','ana','panel','change 6',NULL,NULL,NULL,NULL);
INSERT INTO "revision" VALUES(7,'2026-02-03T11:05:06.000789+00:00','ana','panel','change 7',NULL,NULL,NULL,NULL);
INSERT INTO "revision" VALUES(8,'2026-02-03T12:05:06.000789+00:00','ana','panel','change 8',3,60,X'0102',2);
CREATE TABLE session (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user INTEGER NOT NULL, 
	token_hash BLOB NOT NULL, 
	created_at VARCHAR NOT NULL, 
	last_used_at VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	user_agent VARCHAR NOT NULL, 
	FOREIGN KEY(user) REFERENCES user (id), 
	UNIQUE (token_hash)
);
INSERT INTO "session" VALUES(2,1,X'00FF','c','l','10.0.0.7','Ünicode/5');
CREATE TABLE settings (
	revision INTEGER NOT NULL, 
	failover_enabled BOOLEAN NOT NULL, 
	interval_s FLOAT NOT NULL, 
	timeout_s FLOAT NOT NULL, 
	fall INTEGER NOT NULL, 
	rise INTEGER NOT NULL, 
	hold_s FLOAT NOT NULL, 
	all_down VARCHAR NOT NULL, 
	clients VARCHAR NOT NULL, 
	balancing VARCHAR NOT NULL, 
	panel_port INTEGER NOT NULL, 
	panel_reachable_from_outside BOOLEAN NOT NULL, 
	PRIMARY KEY (revision), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "settings" VALUES(1,1,1.0,1.0,3,3,10.0,'keep-trying','tell','source-destination',443,0);
INSERT INTO "settings" VALUES(2,1,1.0,1.0,3,3,10.0,'keep-trying','tell','source-destination',443,0);
INSERT INTO "settings" VALUES(3,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1);
INSERT INTO "settings" VALUES(4,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1);
INSERT INTO "settings" VALUES(5,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1);
INSERT INTO "settings" VALUES(6,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1);
INSERT INTO "settings" VALUES(7,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1);
INSERT INTO "settings" VALUES(8,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1);
CREATE TABLE user (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	created_at VARCHAR NOT NULL, 
	password_changed_at VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "user" VALUES(1,'ana','$argon2id$x','c','p');
CREATE INDEX ix_session_user ON session (user);
CREATE INDEX ix_audit_at ON audit (at);
CREATE TRIGGER revision_is_immutable BEFORE UPDATE ON revision BEGIN SELECT RAISE(ABORT, 'rows of revision are never changed'); END;
CREATE TRIGGER confirmation_is_immutable BEFORE UPDATE ON confirmation BEGIN SELECT RAISE(ABORT, 'rows of confirmation are never changed'); END;
CREATE TRIGGER settings_is_immutable BEFORE UPDATE ON settings BEGIN SELECT RAISE(ABORT, 'rows of settings are never changed'); END;
CREATE TRIGGER interface_is_immutable BEFORE UPDATE ON interface BEGIN SELECT RAISE(ABORT, 'rows of interface are never changed'); END;
CREATE TRIGGER interface_address_is_immutable BEFORE UPDATE ON interface_address BEGIN SELECT RAISE(ABORT, 'rows of interface_address are never changed'); END;
CREATE TRIGGER gateway_is_immutable BEFORE UPDATE ON gateway BEGIN SELECT RAISE(ABORT, 'rows of gateway are never changed'); END;
CREATE TRIGGER gateway_check_is_immutable BEFORE UPDATE ON gateway_check BEGIN SELECT RAISE(ABORT, 'rows of gateway_check are never changed'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('session',2);
COMMIT;

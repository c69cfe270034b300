BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
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
INSERT INTO "audit" VALUES(9,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 9',9);
INSERT INTO "audit" VALUES(10,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 10',10);
INSERT INTO "audit" VALUES(11,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 11',11);
INSERT INTO "audit" VALUES(12,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 12',12);
INSERT INTO "audit" VALUES(13,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 13',13);
INSERT INTO "audit" VALUES(14,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 14',14);
INSERT INTO "audit" VALUES(15,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 15',15);
INSERT INTO "audit" VALUES(16,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 16',16);
INSERT INTO "audit" VALUES(17,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 17',17);
INSERT INTO "audit" VALUES(18,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 18',18);
INSERT INTO "audit" VALUES(19,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 19',19);
INSERT INTO "audit" VALUES(20,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 20',20);
INSERT INTO "audit" VALUES(21,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 21',21);
INSERT INTO "audit" VALUES(22,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 22',22);
INSERT INTO "audit" VALUES(23,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 23',23);
INSERT INTO "audit" VALUES(24,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 24',24);
INSERT INTO "audit" VALUES(25,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 25',25);
INSERT INTO "audit" VALUES(26,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 26',26);
INSERT INTO "audit" VALUES(27,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 27',27);
INSERT INTO "audit" VALUES(28,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 28',28);
INSERT INTO "audit" VALUES(29,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 29',29);
INSERT INTO "audit" VALUES(30,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 30',30);
INSERT INTO "audit" VALUES(31,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 31',31);
INSERT INTO "audit" VALUES(32,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 32',32);
INSERT INTO "audit" VALUES(33,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 33',33);
INSERT INTO "audit" VALUES(34,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 34',34);
INSERT INTO "audit" VALUES(35,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 35',35);
INSERT INTO "audit" VALUES(36,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 36',36);
INSERT INTO "audit" VALUES(37,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 37',37);
INSERT INTO "audit" VALUES(38,'2026-02-03T04:05:06.000789+00:00','ana','panel','10.0.0.7','configuration','change 38',38);
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
INSERT INTO "confirmation" VALUES(8,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(9,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(10,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(11,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(12,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(13,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(14,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(15,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(16,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(17,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(18,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(19,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(20,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(21,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(22,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(23,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(24,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(25,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(26,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(27,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(28,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(29,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(30,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(31,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(32,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(33,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(34,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(35,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(36,'2026-02-03T04:05:06.000789+00:00','ana');
INSERT INTO "confirmation" VALUES(37,'2026-02-03T04:05:06.000789+00:00','ana');
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
	timing_interval_s FLOAT, 
	timing_timeout_s FLOAT, 
	timing_fall INTEGER, 
	timing_rise INTEGER, 
	timing_hold_s FLOAT, timing_standby_interval_s FLOAT, tier INTEGER DEFAULT '1' NOT NULL, on_return VARCHAR DEFAULT 'stay' NOT NULL, checks VARCHAR, 
	PRIMARY KEY (revision, number), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "gateway" VALUES(2,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,NULL,1,'stay','[]');
INSERT INTO "gateway" VALUES(2,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(2,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(3,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(3,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(3,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(4,1,0,'ISP 1','eth1','192.168.1.2',0,1,1,0,NULL,'address',NULL,NULL,NULL,NULL,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(4,2,1,'ISP 2','eth2','172.17.0.2',0,1,1,0,NULL,'address',NULL,NULL,NULL,NULL,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(5,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(5,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"unreadable": "{"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(5,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(6,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(6,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"unreadable": "[]"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(6,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(7,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(7,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(7,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(8,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(8,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"unreadable": "b''{}''"}]');
INSERT INTO "gateway" VALUES(8,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(9,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(9,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["a b"], "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(9,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(10,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(10,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(10,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(11,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(11,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(11,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(12,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(12,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(12,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(13,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(13,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(13,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(14,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(14,2,1,'ISP 2','eth1','192.168.1.2',0,'heavy',1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(14,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(15,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(15,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(15,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(16,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(16,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(16,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(17,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(17,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(17,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay','[]');
INSERT INTO "gateway" VALUES(18,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(18,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(18,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(19,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(19,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(19,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(20,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(20,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(20,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(21,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(21,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(21,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(22,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(22,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(22,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(23,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(23,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(23,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(24,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(24,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(24,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(25,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(25,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(25,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(26,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(26,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(26,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(27,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(27,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(27,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(28,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(28,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(28,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(29,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(29,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(29,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(30,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(30,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(30,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(31,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(31,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(31,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(32,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(32,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(32,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(33,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(33,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(33,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(34,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(34,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(34,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(35,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(35,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(35,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(36,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(36,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(36,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(37,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(37,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(37,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
INSERT INTO "gateway" VALUES(38,7,0,'Über Funk','wan2',NULL,0,1,0,1,NULL,'masquerade',NULL,NULL,NULL,NULL,NULL,60.0,2,'move-back','[]');
INSERT INTO "gateway" VALUES(38,2,1,'ISP 2','eth1','192.168.1.2',0,256,1,0,'192.168.1.9','address',0.25,NULL,2,NULL,0.0,NULL,1,'stay','[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}, {"targets": ["9.9.9.9", "1.1.1.1"], "quorum": 1, "port": 53, "query_name": "multihome.example", "query_type": "TXT", "payload": "", "expect": "", "kind": "udp"}, {"targets": ["10.0.0.9"], "quorum": 1, "port": 7, "query_name": "example.com", "query_type": "A", "payload": "00ff", "expect": "ab", "kind": "udp"}, {"url": "http://10.0.0.3/ä?q=1", "method": "GET", "status": 204, "contains": "gut ✓", "follow_redirects": true, "verify_tls": true, "address": null, "kind": "http"}, {"url": "https://example.com/", "method": "HEAD", "status": null, "contains": "", "follow_redirects": false, "verify_tls": false, "address": "10.0.0.3", "kind": "http"}, {"kind": "link"}]');
INSERT INTO "gateway" VALUES(38,3,2,'far','eth1','203.0.113.1',1,1,1,0,NULL,'off',NULL,0.5,NULL,9,NULL,NULL,1,'stay',NULL);
CREATE TABLE interface (
	revision INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	role VARCHAR NOT NULL, 
	managed BOOLEAN NOT NULL, addresses VARCHAR DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (revision, name), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "interface" VALUES(2,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(2,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(2,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(2,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(3,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(3,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(3,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(3,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(4,'eth0',0,'lan',1,'["62.231.110.65/26"]');
INSERT INTO "interface" VALUES(4,'eth1',1,'wan',1,'["192.168.1.1/24"]');
INSERT INTO "interface" VALUES(4,'eth2',2,'wan',1,'["172.17.0.1/24"]');
INSERT INTO "interface" VALUES(5,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(5,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(5,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(5,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(6,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(6,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(6,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(6,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(7,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(7,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(7,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(7,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(8,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(8,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(8,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(8,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(9,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(9,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(9,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(9,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(10,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(10,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(10,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(10,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(11,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(11,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(11,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(11,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(12,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(12,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "5"]');
INSERT INTO "interface" VALUES(12,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(12,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(13,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(13,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "b''\\x00\\xff''"]');
INSERT INTO "interface" VALUES(13,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(13,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(14,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(14,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(14,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(14,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(15,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(15,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(15,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(15,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(16,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(16,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(16,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(16,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(17,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(17,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(17,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(17,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(18,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(18,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(18,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(18,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(19,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(19,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(19,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(19,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(20,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(20,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(20,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(20,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(21,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(21,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(21,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(21,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(22,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(22,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(22,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(22,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(23,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(23,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(23,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(23,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(24,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(24,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(24,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(24,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(25,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(25,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(25,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(25,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(26,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(26,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(26,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(26,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(27,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(27,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(27,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(27,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(28,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(28,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(28,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(28,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(29,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(29,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(29,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(29,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(30,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(30,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(30,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(30,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(31,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(31,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(31,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(31,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(32,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(32,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(32,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(32,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(33,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(33,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(33,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(33,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(34,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(34,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(34,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(34,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(35,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(35,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(35,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(35,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(36,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(36,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(36,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(36,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(37,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(37,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(37,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(37,'spare',3,'unused',0,'[]');
INSERT INTO "interface" VALUES(38,'wan2',0,'wan',0,'[]');
INSERT INTO "interface" VALUES(38,'lan0',1,'lan',1,'["10.200.0.1/16", "10.201.0.1/24", "10.199.0.1/24"]');
INSERT INTO "interface" VALUES(38,'eth1',2,'wan',1,'["192.168.1.1/24", "192.168.1.9/24"]');
INSERT INTO "interface" VALUES(38,'spare',3,'unused',0,'[]');
CREATE TABLE revision (
	number INTEGER NOT NULL, 
	created_at VARCHAR NOT NULL, 
	author VARCHAR NOT NULL, 
	origin VARCHAR NOT NULL, 
	note VARCHAR NOT NULL, 
	returns_to INTEGER, 
	confirm_window_s INTEGER, 
	confirm_key_hash BLOB, 
	confirm_session INTEGER, confirm_elsewhere BOOLEAN DEFAULT '0' NOT NULL, 
	PRIMARY KEY (number), 
	FOREIGN KEY(returns_to) REFERENCES revision (number)
);
INSERT INTO "revision" VALUES(1,'2026-02-03T05:05:06.000789+00:00','ana','panel','change 1',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(2,'2026-02-03T06:05:06.000789+00:00','ana','panel','change 2',NULL,60,NULL,1,0);
INSERT INTO "revision" VALUES(3,'2026-02-03T07:05:06.000789+00:00','ana','panel','change 3',NULL,60,NULL,1,0);
INSERT INTO "revision" VALUES(4,'2026-02-03T08:05:06.000789+00:00','ana','panel','change 4',NULL,60,NULL,1,0);
INSERT INTO "revision" VALUES(5,'2026-02-03T09:05:06.000789+00:00','ana','panel','change 5',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(6,'2026-02-03T10:05:06.000789+00:00','ana','panel','change 6',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(7,'2026-02-03T11:05:06.000789+00:00','ana','panel','change 7',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(8,'2026-02-03T12:05:06.000789+00:00','ana','panel','change 8',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(9,'2026-02-03T13:05:06.000789+00:00','ana','panel','change 9',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(10,'2026-02-03T14:05:06.000789+00:00','ana','panel','change 10',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(11,'2026-02-03T15:05:06.000789+00:00','ana','panel','change 11',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(12,'2026-02-03T16:05:06.000789+00:00','ana','panel','change 12',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(13,'2026-02-03T17:05:06.000789+00:00','ana','panel','change 13',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(14,'2026-02-03T18:05:06.000789+00:00','ana','panel','change 14',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(15,'2026-02-03T19:05:06.000789+00:00','ana','panel','change 15',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(16,'2026-02-03T20:05:06.000789+00:00','ana','panel','change 16',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(17,'2026-02-03T21:05:06.000789+00:00','ana','panel','change 17',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(18,'2026-02-03T22:05:06.000789+00:00','ana','panel','change 18',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(19,'2026-02-03T23:05:06.000789+00:00','ana','panel','change 19',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(20,'2026-02-04T00:05:06.000789+00:00','ana','panel','change 20',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(21,'2026-02-04T01:05:06.000789+00:00','ana','panel','change 21',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(22,'2026-02-04T02:05:06.000789+00:00','ana','panel','change 22',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(23,'2026-02-04T03:05:06.000789+00:00','ana','panel','change 23',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(24,'2026-02-04T04:05:06.000789+00:00','ana','panel','change 24',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(25,'2026-02-04T05:05:06.000789+00:00','ana','panel','change 25',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(26,'2026-02-04T06:05:06.000789+00:00','ana','panel','change 26',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(27,'2026-02-04T07:05:06.000789+00:00','ana','panel','change 27',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(28,'2026-02-04T08:05:06.000789+00:00','ana','panel','change 28',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(29,'2026-02-04T09:05:06.000789+00:00','ana','panel','change 29',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(30,'2026-02-04T10:05:06.000789+00:00','ana','panel','change 30',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(31,'2026-02-04T11:05:06.000789+00:00','ana','panel','change 31',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(32,'2026-02-04T12:05:06.000789+00:00','ana','panel','change 32',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(33,'2026-02-04T13:05:06.000789+00:00','ana','panel','change 33',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(34,'2026-02-04T14:05:06.000789+00:00','ana','panel','change 34',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(35,'2026-02-04T15:05:06.000789+00:00','ana','panel','change 35',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(36,'2026-02-04T16:05:06.000789+00:00','ana','panel','change 36',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(37,'2026-02-04T17:05:06.000789+00:00','ana','panel','change 37',NULL,NULL,NULL,NULL,0);
INSERT INTO "revision" VALUES(38,'2026-02-04T18:05:06.000789+00:00','ana','panel','change 38',3,60,X'0102',2,0);
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
	failover_timing_interval_s FLOAT NOT NULL, 
	failover_timing_timeout_s FLOAT NOT NULL, 
	failover_timing_fall INTEGER NOT NULL, 
	failover_timing_rise INTEGER NOT NULL, 
	failover_timing_hold_s FLOAT NOT NULL, 
	failover_all_down VARCHAR NOT NULL, 
	failover_clients VARCHAR NOT NULL, 
	balancing VARCHAR NOT NULL, 
	panel_port INTEGER NOT NULL, 
	panel_reachable_from_outside BOOLEAN NOT NULL, panel_confirm_window_s INTEGER DEFAULT '60' NOT NULL, failover_timing_standby_interval_s FLOAT DEFAULT '10.0' NOT NULL, failover_checks VARCHAR DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (revision), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "settings" VALUES(1,1,1.0,1.0,3,3,10.0,'keep-trying','tell','source-destination',443,0,60,10.0,'[]');
INSERT INTO "settings" VALUES(2,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,60,10.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(3,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(4,1,1.0,1.0,3,3,10.0,'keep-trying','tell','source-destination',443,0,60,10.0,'[]');
INSERT INTO "settings" VALUES(5,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(6,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(7,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"unreadable": "null"}]');
INSERT INTO "settings" VALUES(8,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(9,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(10,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "smoke"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(11,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "b''\\x00''"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(12,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(13,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(14,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(15,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(16,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(17,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(18,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(19,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(20,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(21,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(22,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(24,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(25,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(26,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(27,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(28,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(29,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(30,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(31,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(32,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(33,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(34,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(35,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(36,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(37,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
INSERT INTO "settings" VALUES(38,1,2.5,1.5,4,5,30.0,'refuse','wait','client',8443,1,120,15.0,'[{"targets": ["10.0.0.3", "example.com"], "quorum": 2, "kind": "icmp"}, {"targets": ["1.1.1.1"], "quorum": 1, "port": 853, "kind": "tcp"}]');
CREATE TABLE traffic_rule (
	revision INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	enabled BOOLEAN NOT NULL, 
	source VARCHAR, 
	mac VARCHAR, 
	interface VARCHAR, 
	destination VARCHAR, 
	protocol VARCHAR, 
	ports VARCHAR NOT NULL, 
	source_ports VARCHAR NOT NULL, 
	dscp INTEGER, 
	gateway INTEGER, 
	tier INTEGER, 
	if_down VARCHAR NOT NULL, 
	PRIMARY KEY (revision, number), 
	FOREIGN KEY(revision) REFERENCES revision (number)
);
INSERT INTO "traffic_rule" VALUES(3,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(3,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(3,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(5,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(5,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(5,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(6,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(6,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(6,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(7,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(7,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(7,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(8,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(8,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(8,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(9,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(9,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(9,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(10,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(10,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(10,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(11,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(11,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(11,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(12,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(12,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(12,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(13,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(13,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(13,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(14,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(14,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(14,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(15,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(15,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(15,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(16,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(16,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(16,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(17,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(17,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(17,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(18,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(18,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(18,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(19,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(19,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(19,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(20,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(20,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(20,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(21,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(21,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(21,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(22,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(22,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(22,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(23,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(23,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(23,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(24,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','{"unreadable": "junk"}','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(24,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(24,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(25,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','{"unreadable": "[[1]]"}','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(25,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(25,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(26,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','{"unreadable": "[[1, 2, 3]]"}','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(26,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(26,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(27,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','{"unreadable": "5"}','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(27,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(27,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(28,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','{"unreadable": "\"80\""}','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(28,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(28,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(29,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(29,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(29,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(30,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": "80", "last": "90"}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(30,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(30,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(31,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 90, "last": 80}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(31,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(31,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(32,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 1, "last": 5}, {"first": 3, "last": 9}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(32,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(32,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(33,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','{"unreadable": "null"}','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(33,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(33,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(34,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": "1", "last": "2"}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(34,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(34,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(35,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": true, "last": 5}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(35,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(35,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(36,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": "1", "last": "2"}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(36,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(36,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(37,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','{"unreadable": "b''[]''"}',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(37,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(37,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
INSERT INTO "traffic_rule" VALUES(38,9,0,'Telefon',1,'10.200.1.0/24','00:16:3e:00:00:01','lan0',NULL,'udp','[{"first": 5060, "last": 5061}, {"first": 10000, "last": 20000}]','[{"first": 53, "last": 53}]',46,2,NULL,'refuse');
INSERT INTO "traffic_rule" VALUES(38,1,1,'mail',1,NULL,NULL,NULL,'198.51.100.0/24','tcp','[{"first": 25, "last": 25}]','[]',NULL,NULL,2,'another');
INSERT INTO "traffic_rule" VALUES(38,4,2,'off',0,NULL,NULL,NULL,NULL,NULL,'[]','[]',NULL,NULL,NULL,'another');
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
CREATE TRIGGER gateway_is_immutable BEFORE UPDATE ON gateway BEGIN SELECT RAISE(ABORT, 'rows of gateway are never changed'); END;
CREATE TRIGGER traffic_rule_is_immutable BEFORE UPDATE ON traffic_rule BEGIN SELECT RAISE(ABORT, 'rows of traffic_rule are never changed'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('session',2);
COMMIT;

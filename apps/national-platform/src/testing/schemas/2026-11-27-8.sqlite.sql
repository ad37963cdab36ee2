CREATE TABLE "account" ("username" text primary key, "role" text not null, "cinema_codes" text not null, "created_at" text not null, "expires_at" text, "revoked_at" text, "replaces" text);
CREATE TABLE "account_key" ("username" text not null, "slot" bigint not null check (slot in (1, 2)), "public_key" text not null, "added_at" text not null, "algorithm" text default 'rsa-md5' not null, constraint "account_key_pkey" primary key ("username", "slot"));
CREATE TABLE "account_store" ("username" text primary key, "store_id" text not null, "seen_at" bigint not null);
CREATE TABLE "api_token" ("name" text primary key, "token_hash" text not null, "permissions" text not null, "cinema_codes" text not null, "created_at" text not null, "ends_at" text not null, "used_at" bigint, "revoked_at" text);
CREATE TABLE "change" ("position" bigint not null, "start_time" text not null, "cinema_code" text not null, "film_ticket_code" text not null, "kind" text not null, constraint "change_pk" primary key ("position", "cinema_code"));
CREATE TABLE "change_head" ("id" bigint primary key, "position" bigint not null);
CREATE TABLE "change_pending" ("start_time" text not null, "cinema_code" text not null, "film_ticket_code" text not null, "subject" text not null, "kind" text not null, constraint "change_pending_pk" primary key ("start_time", "cinema_code", "film_ticket_code", "subject"));
CREATE TABLE "check_record" (
      "record_id" TEXT not null, "cinema_code" TEXT not null, "film_ticket_code" TEXT not null, "start_time" TEXT not null, "ticket_info_code" TEXT not null, "check_time" TEXT not null, "screen_code" TEXT not null, "screen_name" TEXT not null, "film_code" TEXT not null, "film_name" TEXT not null, "session_code" TEXT not null, "ticket_type" TEXT, "row_num" bigint not null, "column_num" bigint not null, "price" bigint not null, "service" bigint not null, "account" TEXT not null, "received_at" TEXT not null, "quarantine" TEXT, "differences" TEXT not null, identity text not null, "gate" text default '' not null, "overridden_verdict" text, "offline" bigint, "decided_ms" bigint, "forwarder_seconds" bigint,
      constraint "check_record_pk" primary key (record_id, identity)
    );
CREATE TABLE "cinema" ("cinema_code" text primary key, "cinema_name" text not null, "written_at" text default '' not null);
CREATE TABLE "cinema_activity" ("cinema_code" text not null, "username" text not null, "last_active_on" text not null, constraint "cinema_activity_pk" primary key ("cinema_code", "username"));
CREATE TABLE "delivered_record" ("record_id" text not null, "identity" text not null, "cinema_code" text not null, "delivered_at" text not null, "sent_at" text, "refusals" bigint, constraint "delivered_record_pk" primary key ("record_id", "identity", "cinema_code"));
CREATE TABLE "delivery" ("delivered_on" text not null, "cinema_code" text not null, "oldest_check_time" text not null, "last_delivered_at" text not null, constraint "delivery_pk" primary key ("delivered_on", "cinema_code"));
CREATE TABLE "film" ("film_code" text primary key, "film_name" text not null, "written_at" text default '' not null, "named_by" text default '' not null);
CREATE TABLE "import_request" ("digest" text primary key, "datetime" text not null);
CREATE TABLE "intake_count" ("business_date" text not null, "source" text not null, "kind" text not null, "imported" bigint not null, "unchanged" bigint not null, "last_at" text, "refused" bigint not null, "last_refused_at" text, "error_code" text, constraint "intake_count_pk" primary key ("business_date", "source", "kind"));
CREATE TABLE "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
CREATE TABLE "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
CREATE TABLE "lease" ("name" text primary key, "owner" text not null, "ends_at" bigint not null);
CREATE TABLE "local_authority" ("id" bigint primary key, "certificate" text not null, "private_key" text not null);
CREATE TABLE "log_checkpoint" ("number" bigint primary key, "origin" text not null, "size" bigint not null, "root" text not null, "note" text not null, "signed_at" bigint not null);
CREATE TABLE "log_key" ("origin" text primary key, "private_key" text not null, "created_at" bigint not null);
CREATE TABLE "log_leaf" ("position" bigint primary key, "entry" text not null, "hash" text not null, constraint "log_leaf_entry" unique ("entry"));
CREATE TABLE "log_node" ("level" bigint not null, "position" bigint not null, "hash" text not null, constraint "log_node_pk" primary key ("level", "position"));
CREATE TABLE "log_pending" ("entry" text primary key);
CREATE TABLE "operation" ("id" text primary key, "name" text not null, "actor" text not null, "began_at" text not null, "ended_at" text, "of" text, "failed" bigint not null, "what" text not null, "from" text, "before" text, "after" text);
CREATE TABLE "operator" ("username" text primary key, "role" text not null, "cinema_codes" text not null, "password_hash" text not null, "one_time_until" text, "created_at" text not null, "disabled_at" text);
CREATE TABLE "operator_challenge" ("owner" text primary key, "challenge" text not null, "made_at" bigint not null);
CREATE TABLE "operator_login_step" ("token_hash" text primary key, "username" text not null, "began_at" bigint not null, "address" text);
CREATE TABLE "operator_passkey" ("id" text primary key, "username" text not null, "name" text not null, "rp_id" text not null, "public_key" text not null, "counter" bigint not null, "transports" text not null, "added_at" text not null, "used_at" text);
CREATE TABLE "operator_recovery_code" ("code_hash" text primary key, "username" text not null);
CREATE TABLE "operator_session" ("token_hash" text primary key, "username" text not null, "address" text not null, "began_at" bigint not null, "seen_at" bigint not null);
CREATE TABLE "operator_totp" ("username" text primary key, "secret" text not null, "last_step" bigint not null, "set_up_at" text not null);
CREATE TABLE "operator_try" ("id" text primary key, "username" text not null, "what" text not null, "at" bigint not null);
CREATE TABLE "outbox" (
      "record_id" TEXT not null, "cinema_code" TEXT not null, "check_time" TEXT not null, "incomplete" bigint not null, "revision" bigint not null, "attempts" bigint not null, "parked_at" TEXT, "next_attempt_at" TEXT, "error_code" TEXT, "error_message" TEXT, "start_time" TEXT not null default '', identity text not null, "sent_at" text,
      constraint "outbox_pk" primary key (record_id, identity)
    );
CREATE TABLE "public_key" ("fingerprint" text primary key, "cinema_code" text not null, "start_time" text not null, "spki" text not null);
CREATE TABLE "purged_count" ("kind" text primary key, "count" bigint not null);
CREATE TABLE "quarantine_review" ("cinema_code" text primary key, "revision" bigint not null, "reviewed_to" text, "leased_until" bigint not null);
CREATE TABLE "record_id_secret" ("id" bigint primary key check (id = 1), "secret" text not null, "unkeyed_until" text);
CREATE TABLE "refund" ("start_time" text not null, "cinema_code" text not null, "film_ticket_code" text not null, "refund_time" text not null, constraint "refund_pk" primary key ("start_time", "cinema_code", "film_ticket_code"));
CREATE TABLE "reversal" ("reverses" text not null, "identity" text not null, "cinema_code" text not null, "account" text not null, "record_id" text not null, "film_ticket_code" text not null, "start_time" text not null, "check_time" text not null, "reversed_at" text not null, "received_at" text not null, "delivered_at" text, "error_code" text, "revision" bigint default 0 not null, constraint "reversal_pk" primary key ("reverses", "identity", "cinema_code", "account"));
CREATE TABLE "screen" ("cinema_code" text not null, "screen_code" text not null, "screen_name" text not null, "written_at" text default '' not null, constraint "screen_pk" primary key ("cinema_code", "screen_code"));
CREATE TABLE "store_generation" ("id" bigint primary key check (id = 1), "generation" text not null, "replaced" text, "renewed_at" text, "server_system" text, "server_timeline" text, "server_synchronous" bigint);
CREATE TABLE "ticket" ("start_time" text not null, "cinema_code" text not null, "film_ticket_code" text not null, "screen_code" text not null, "film_code" text not null, "session_code" text not null, "ticket_type" text not null, "sell_time" text, "row_num" bigint not null, "column_num" bigint not null, "price" bigint not null, "service" bigint not null, "cinema_name" text not null, "screen_name" text not null, "film_name" text not null, "written_at" text default '' not null, constraint "ticket_pk" primary key ("start_time", "cinema_code", "film_ticket_code"));
CREATE TABLE "told_day" ("business_date" text not null, "cinema_code" text not null, "username" text not null, "counted_at" text not null, "told_at" text not null, "entries" bigint not null, "delivered" bigint not null, "hours" text, "overrides" bigint not null, "undone" bigint not null, "compared_at" text, constraint "told_day_pk" primary key ("business_date", "cinema_code", "username"));
CREATE TABLE "told_difference" ("username" text not null, "business_date" text not null, "cinema_code" text not null, "counted_at" text not null, "place" bigint not null, "kind" text not null, "record_id" text not null, "film_ticket_code" text not null, "start_time" text not null, "check_time" text not null, "error_code" text, "elements" text not null, constraint "told_difference_pk" primary key ("username", "business_date", "cinema_code", "counted_at", "place"));
CREATE TABLE "upstream_generation" ("generation" text not null, "url" text not null, "replaces" text not null, "noted_at" text not null, constraint "upstream_generation_pk" primary key ("generation"));
CREATE UNIQUE INDEX "account_replaces" on "account" ("replaces");
CREATE UNIQUE INDEX "api_token_by_hash" on "api_token" ("token_hash");
CREATE INDEX "change_cinema_session" on "change" ("cinema_code", "start_time", "position", "film_ticket_code", "kind");
CREATE INDEX "change_session" on "change" ("start_time", "position");
CREATE INDEX "check_record_cinema" on "check_record" ("cinema_code", "check_time");
CREATE INDEX "check_record_day" on "check_record" ("check_time", "cinema_code", "start_time", "account", "gate", "quarantine", "ticket_type", "overridden_verdict", "offline");
CREATE INDEX "check_record_entries" on "check_record" ("start_time", "cinema_code", "film_ticket_code", "check_time") where "quarantine" is null;
CREATE INDEX "check_record_incomplete" on "check_record" ("received_at", "record_id", "identity") where "ticket_type" is null and "quarantine" is null;
CREATE INDEX "check_record_quarantine" on "check_record" ("cinema_code", "record_id") where "quarantine" is not null;
CREATE INDEX "check_record_quarantine_account" on "check_record" ("account") where "quarantine" is not null;
CREATE INDEX "film_named_by" on "film" ("named_by") where "named_by" <> '';
CREATE INDEX "import_request_datetime" on "import_request" ("datetime");
CREATE INDEX "intake_count_source" on "intake_count" ("source", "last_at");
CREATE INDEX "operation_by_actor" on "operation" ("actor", "began_at", "id");
CREATE INDEX "operation_by_time" on "operation" ("began_at", "id");
CREATE INDEX "operator_login_step_of_operator" on "operator_login_step" ("username");
CREATE INDEX "operator_passkey_of_operator" on "operator_passkey" ("username");
CREATE INDEX "operator_recovery_code_of_operator" on "operator_recovery_code" ("username");
CREATE INDEX "operator_session_of_operator" on "operator_session" ("username", "began_at");
CREATE INDEX "operator_try_of_operator" on "operator_try" ("username", "at");
CREATE INDEX "outbox_check_time" on "outbox" ("check_time", "cinema_code");
CREATE INDEX "outbox_incomplete" on "outbox" ("record_id", "identity") where "incomplete" = 1;
CREATE INDEX "outbox_parked" on "outbox" ("cinema_code", "next_attempt_at", "record_id") where "parked_at" is not null;
CREATE INDEX "outbox_waiting" on "outbox" ("cinema_code", "incomplete", "check_time", "record_id") where "parked_at" is null;
CREATE INDEX "public_key_cinema" on "public_key" ("cinema_code", "start_time");
CREATE INDEX "reversal_check_time" on "reversal" ("check_time", "cinema_code");
CREATE INDEX "reversal_ticket" on "reversal" ("start_time", "cinema_code", "film_ticket_code");
CREATE INDEX "reversal_waiting" on "reversal" ("record_id") where "delivered_at" is null and "error_code" is null;
CREATE INDEX "told_difference_check_time" on "told_difference" ("username", "business_date", "cinema_code", "counted_at", "check_time", "place");
CREATE TRIGGER "log_checkpoint_no_delete" before delete on "log_checkpoint"
        begin select raise(abort, 'log_checkpoint is only ever added to'); end;
CREATE TRIGGER "log_checkpoint_no_replacement" before insert on "log_checkpoint"
    when exists (select 1 from "log_checkpoint" where "number" = "new"."number" or rowid = new.rowid)
    begin select raise(abort, 'log_checkpoint is only ever added to'); end;
CREATE TRIGGER "log_checkpoint_no_update" before update on "log_checkpoint"
        begin select raise(abort, 'log_checkpoint is only ever added to'); end;
CREATE TRIGGER "log_key_no_delete" before delete on "log_key"
        begin select raise(abort, 'log_key is only ever added to'); end;
CREATE TRIGGER "log_key_no_replacement" before insert on "log_key"
    when exists (select 1 from "log_key" where "origin" = "new"."origin" or rowid = new.rowid)
    begin select raise(abort, 'log_key is only ever added to'); end;
CREATE TRIGGER "log_key_no_update" before update on "log_key"
        begin select raise(abort, 'log_key is only ever added to'); end;
CREATE TRIGGER "log_leaf_no_delete" before delete on "log_leaf"
        begin select raise(abort, 'log_leaf is only ever added to'); end;
CREATE TRIGGER "log_leaf_no_replacement" before insert on "log_leaf"
    when exists (select 1 from "log_leaf" where "position" = "new"."position" or "entry" = "new"."entry" or rowid = new.rowid)
    begin select raise(abort, 'log_leaf is only ever added to'); end;
CREATE TRIGGER "log_leaf_no_update" before update on "log_leaf"
        begin select raise(abort, 'log_leaf is only ever added to'); end;
CREATE TRIGGER "log_node_no_delete" before delete on "log_node"
        begin select raise(abort, 'log_node is only ever added to'); end;
CREATE TRIGGER "log_node_no_replacement" before insert on "log_node"
    when exists (select 1 from "log_node" where "level" = "new"."level" and "position" = "new"."position" or rowid = new.rowid)
    begin select raise(abort, 'log_node is only ever added to'); end;
CREATE TRIGGER "log_node_no_update" before update on "log_node"
        begin select raise(abort, 'log_node is only ever added to'); end;
CREATE TRIGGER "operation_is_logged" after insert on "operation"
      begin insert into log_pending (entry) values ("new"."id"); end;
CREATE TRIGGER "operation_no_delete" before delete on "operation"
        begin select raise(abort, 'operation is only ever added to'); end;
CREATE TRIGGER "operation_no_replacement" before insert on "operation"
    when exists (select 1 from "operation" where "id" = "new"."id" or rowid = new.rowid)
    begin select raise(abort, 'operation is only ever added to'); end;
CREATE TRIGGER "operation_no_update" before update on "operation"
        begin select raise(abort, 'operation is only ever added to'); end;
CREATE TRIGGER "refund_is_change" after insert on "refund"
      begin insert into change_pending (start_time, cinema_code, film_ticket_code, subject, kind) values (new.start_time, new.cinema_code, new.film_ticket_code, 'refund', 'refunded') on conflict do nothing; end;
insert into "account" ("username", "role", "cinema_codes", "created_at", "expires_at", "revoked_at", "replaces") values ('box-office', 'data-source', 'all', '2026-11-24T20:00:00', null, null, null);
insert into "account" ("username", "role", "cinema_codes", "created_at", "expires_at", "revoked_at", "replaces") values ('terminal-1', 'platform', '["31012345"]', '2026-11-24T20:00:00', null, null, 'terminal-2');
insert into "account" ("username", "role", "cinema_codes", "created_at", "expires_at", "revoked_at", "replaces") values ('terminal-2', 'platform', 'all', '2026-11-24T20:00:00', '2027-01-01T00:00:00', '2026-11-24T20:00:00', null);
insert into "account_key" ("username", "slot", "public_key", "added_at", "algorithm") values ('box-office', 1, 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtbUzTxhBmzkZhL4hGsPY9rhsNr0B0Ed2vELSels6BT49qK6wEbFVjiKTUoIfBpDYeXDSTlFU59mxEpWq+6q+dTtQxNYJfgz6w89D66PU+qQQ3+1CWJcc0+WzA56JDT7G5vJaol7/2VfuhUqAk6Qfh8JbOCil7xBSGfx+ziIv9/m+Wa8BK/C+/cUCY7jCC0DaIGs+46htv7qqPUGZFNzr1qk1QgnSHRCf6hYC9qvWYfm6+DcFHop30Hdq+2Lx6N7QUzppC5qnjDThnmU/2qAWTUMHG/2y/ExXdyxVdrObx9Zna6q4H7qxXZDo0Et2c9ZeEoG4Oc9dkaifgjaOC4zrfwIDAQAB', '2026-11-24T20:00:00', 'rsa-md5');
insert into "account_key" ("username", "slot", "public_key", "added_at", "algorithm") values ('terminal-1', 1, 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkmDSqGjqBVpwHVvI1O8aeycnKhAjupfJnK4/NazEQnqk2OeOkC8tBFpFGQ4nLWyZYKE2u7Z9L9URXMBOQx0rn/bT12W12KFAdwRoE3HdRdXUJaAVGkUKIen12/p683qgkRkMDUU1eWDvWMGPHR744dI8+VxOvRs5kWuwCJ9SdnLWHkdRgtvzMtmpbe0yHWcpT4oJon7/eGBbUsG/0DSkjkTcFA5HX4IiDj9UvUxNYO0EEIUXS/nv+yrEVfBBf4cbrneVApd34oJgZCxy1D5NXBT8UDK0UfrZNotX8t9c6wzD0Az51dHJzK4Ukf+1Arz3Rjk9Wf1V4fD4T3vvsNN2IwIDAQAB', '2026-11-24T20:00:00', 'rsa-md5');
insert into "account_key" ("username", "slot", "public_key", "added_at", "algorithm") values ('terminal-2', 1, 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsiGbpUL1hvD5Ue/IweeByyjDpnqajNiR8xW1mDK2hK2MPDuOY2v32E3Pz4e/mFOsr+0W8RW/6e05rD01YQJ4LFNVwjMQELL9M6Q7ueYHmbv6p/ICcxKAfSinFDDKC4latBtOLeo4jG6Ifx22K2dTuUGYOtpyuhqb7dwysoT5aAt9xho9nL2W4sLkJhPvfso1PiB4SQzpQbIlunKE480Yr87vR4wovSIEPNveCwfgT/kTf35F5rO72Y1axUf2Du9W6Q0ayjOEufSBuckHN8s6gA6Rlv4Tgci76kGSouzB0ElP8Oeg27wDvCdyCT6rDnBUDjyoShRz3nALBr/8v5KNJwIDAQAB', '2026-11-24T20:00:00', 'rsa-md5');
insert into "account_store" ("username", "store_id", "seen_at") values ('terminal-1', '7f3d0c1a-2b4e-4d6f-8a90-1b2c3d4e5f60', 1795521600000);
insert into "api_token" ("name", "token_hash", "permissions", "cinema_codes", "created_at", "ends_at", "used_at", "revoked_at") values ('report-reader', 'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', 'claims.read', 'all', '2026-11-26T15:00:00', '2027-11-26', null, null);
insert into "change" ("position", "start_time", "cinema_code", "film_ticket_code", "kind") values (1, '2026-11-24T19:30:00', '31012345', '7777777777777771', 'refunded');
insert into "change_head" ("id", "position") values (1, 1);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15', '31012345', '7777777777777771', '2026-11-24T19:30:00', '31012345FtxRIPG2f7OUqW+amKwORnA10MS4pHLusCGPCBnMroWHxThJ+9sZsMREBIzHclymdsqIK2HDksJAGODensz1PlSwdk/e5sOYdGZkruslhL0ZsoruLFs1Sg0kvvFZg92DV5FwbZNor777KTEe/kGIR2JBW8chMYbffDkoEb0+D68=', '2026-11-24T19:00:01', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', 7, 12, 4500, 300, 'gate-1', '2026-11-24T19:00:01', null, '', '8e62c685ce7b99d60345a42692fc30da', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a10a2d81feb', '31012345', '7777777777777772', '2026-11-24T19:30:00', '31012345TBua6x9t0JruebxDBdGh2vgrAprIgdbmPeG314pzNicUeKLiZ7fJ6fLPtWl7uC0CfsgyVHFmrfDgUeweBzDLNUc5i7qk5NZe8vSpSOYkO6CQpuW3QEJguGcJw7iT1FRBrUAAW2kDM3RPi2GdEkCM6PdVMiFkBoJjN1cAgUP9At4=', '2026-11-24T19:00:02', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', 7, 12, 4500, 300, 'gate-1', '2026-11-24T19:00:02', null, '', 'dae3080f218efad46692cae7eb896393', 'gate-1', null, 1, 431, 3);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a11e4451baf', '31012345', '7777777777777773', '2026-11-24T19:30:00', '31012345KBr1PyfeX1zfo3R8Sw8sNtpKxUmcGjm7hLfZGePc9gBrJ4JfqaJXneL/mSiwYefywgYQncaoTJEvNsb/LUrHSJXxWOvHJICHIRAHRHOojT6xPDI41gWR8e2fTqAm95UJH1E4YqaN+OBEXlA/Rxv2N8FGq2msKrRtO4BwrJ8w4SA=', '2026-11-24T19:00:03', '0003000000000000', '', '001102582026', '', 'S170000000000000', null, 0, 0, 4500, 300, 'gate-1', '2026-11-24T19:00:03', null, '', '7da26d3cf56fb0e944538e437c853c87', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a12bdca441e', '31012345', '7777777777777774', '2026-11-24T19:30:00', '31012345YlbEYvI8NsnnA5vJOlTQNM4nqsbvFAdd+VpoDv0PoR97gbVfxwy0xTQ4lkWj4HZf/1knhZIHtvPmLs6o8jmrr1zq5V86WugPPWHo6wvEL8V2aBnoWsIRZz3uojqx4tjbqiI14yCCSIpTyR53I6cAA2SLeYQkBACtySGqDXmUiE4=', '2026-11-24T19:00:04', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', 7, 12, 4500, 300, 'gate-1', '2026-11-24T19:00:04', 'CODE_NOT_GENUINE', '', '61c3fb5e22f9dbd8f255cb1b67491614', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a136e31e74d', '31012345', '7777777777777775', '2026-11-24T19:30:00', '31012345IbMFncVM7B142oOq2HqIsr/0ZMY5d4CaY1sqcFDbwq6KQ6eCaYL9brm3cjKq8rsjEPCKxhPM/mSRYkisUaYMN3izWsXAbgppFX7L1EyCKFyZFsNEdPVSrVdfWL9jgZmQR7bDr3WVDezGK151J7xWNY6eF9M9ZPRQR//Z+beZsqc=', '2026-11-24T19:00:05', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', 7, 12, 4500, 300, 'gate-1', '2026-11-24T19:00:05', null, '', 'ac6af7347291ae162f729bda17f1c5ce', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a2125c-cb68-849e-9079-5e0023682f2a', '31012346', '8888888888888881', '2026-11-25T19:30:00', '31012345FtxRIPG2f7OUqW+amKwORnA10MS4pHLusCGPCBnMroWHxThJ+9sZsMREBIzHclymdsqIK2HDksJAGODensz1PlSwdk/e5sOYdGZkruslhL0ZsoruLFs1Sg0kvvFZg92DV5FwbZNor777KTEe/kGIR2JBW8chMYbffDkoEb0+D68=', '2026-11-25T19:00:01', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', 7, 12, 4500, 300, 'terminal-1', '2026-11-25T19:00:02', null, '', '0d445d28b7249a7e118901f2f748ba37', '', 'REFUNDED', null, null, null);
insert into "cinema" ("cinema_code", "cinema_name", "written_at") values ('31012345', '示例影城', '');
insert into "film" ("film_code", "film_name", "written_at", "named_by") values ('001102582026', '流浪地球', '', '');
insert into "intake_count" ("business_date", "source", "kind", "imported", "unchanged", "last_at", "refused", "last_refused_at", "error_code") values ('2026-11-24', 'source-1', 'tickets', 3, 1, '2026-11-24T19:30:00', 1, '2026-11-24T19:31:00', 'INVALID_PRICE');
insert into "kysely_migration" ("name", "timestamp") values ('0000-store-generation', '2026-11-24T16:51:03.778Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-accounts', '2026-11-24T16:51:03.779Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-check-records', '2026-11-24T16:51:03.780Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-cinemas', '2026-11-24T16:51:03.781Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-public-keys', '2026-11-24T16:51:03.782Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-tickets', '2026-11-24T16:51:03.783Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-account-keys', '2026-11-25T20:21:06.910Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-account-stores', '2026-11-25T01:18:53.129Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-cinema-activity', '2026-11-25T20:21:06.911Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-entries-in-order', '2026-11-25T20:21:06.912Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-import-requests', '2026-11-25T20:21:06.914Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-names-written-at', '2026-11-25T20:21:06.915Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-operations', '2026-11-25T20:21:06.908Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-outbox-start-times', '2026-11-25T01:18:53.134Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-quarantine-by-source', '2026-11-25T20:21:06.916Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-quarantine-reviews', '2026-11-25T20:21:06.917Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-record-identities', '2026-11-25T20:21:06.922Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-records-recently-incomplete', '2026-11-25T20:21:06.928Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-replaced-generation', '2026-11-25T01:18:53.131Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-replaced-generation-renewed', '2026-11-25T01:18:53.133Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-server-of-generation', '2026-11-25T20:21:06.913Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-sources-of-films', '2026-11-25T20:21:06.923Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-tickets-written-at', '2026-11-25T20:21:06.924Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-lives', '2026-11-25T01:18:53.132Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-lives-by-id', '2026-11-25T20:21:06.925Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-accounts-that-replace-others', '2026-11-26T15:41:41.394Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-api-tokens', '2026-11-26T13:47:33.001Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-cinemas-in-record-keys', '2026-11-26T13:47:33.002Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-intake-counts', '2026-11-26T13:47:33.014Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-leases', '2026-11-25T20:21:06.926Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-local-authority', '2026-11-25T20:21:06.927Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-by-actor', '2026-11-26T13:47:33.015Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-from-where', '2026-11-26T13:47:33.003Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-not-replaced', '2026-11-26T13:47:33.000Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operator-tries', '2026-11-26T13:47:33.011Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operators', '2026-11-26T13:47:33.004Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-passkeys', '2026-11-26T13:47:33.005Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-purged-counts', '2026-11-26T13:47:33.006Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-by-account-and-gate', '2026-11-25T20:21:06.929Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-overridden', '2026-11-26T17:17:31.359Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-reversals', '2026-11-26T13:47:33.012Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-second-factors', '2026-11-26T13:47:33.007Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-second-factors-from-where', '2026-11-26T13:47:33.013Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-signature-algorithm-of-account-keys', '2026-11-25T20:21:06.930Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-transparency-log', '2026-11-26T13:47:33.008Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-transparency-log-of-operations', '2026-11-26T13:47:33.009Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-upstream-generations', '2026-11-26T13:47:33.010Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-intake-counts-by-source', '2026-11-26T16:27:32.708Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-records-by-cinema', '2026-11-26T16:27:32.713Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-times-of-delivery', '2026-11-26T20:37:07.363Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes', '2026-11-26T20:37:07.369Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes-of-refunds', '2026-11-26T20:37:07.370Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes-read-by-cinema', '2026-11-26T20:37:07.371Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-when-records-were-sent', '2026-11-27T02:04:25.383Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-wider-index-of-a-day', '2026-11-27T02:04:25.386Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-offline-admissions', '2026-11-27T06:03:33.870Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-times-of-sending', '2026-11-27T06:03:33.871Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-told-days', '2026-11-27T06:03:33.872Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-times-at-the-door', '2026-11-27T07:43:24.489Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-times-refused', '2026-11-27T07:52:30.478Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-told-differences', '2026-11-27T08:20:25.499Z');
insert into "kysely_migration_lock" ("id", "is_locked") values ('migration_lock', 0);
insert into "log_checkpoint" ("number", "origin", "size", "root", "note", "signed_at") values (0, 'ticket-check/audit/aa0129d9-8a73-458c-ab7f-0fff7bab4c06', 1, '0cyW2z/8uiNwBGLUzRdgyQ9awX37B05/+8Gmv/KCREU=', 'ticket-check/audit/aa0129d9-8a73-458c-ab7f-0fff7bab4c06
1
0cyW2z/8uiNwBGLUzRdgyQ9awX37B05/+8Gmv/KCREU=

— ticket-check/audit/aa0129d9-8a73-458c-ab7f-0fff7bab4c06 guZIHNxRUZEKFhrMJZ0SYLrtvFVf2oab0+ChiUU87o4xgYODltYZzpCfNWWzcFwhYIusLDBTc8GL+4h1vVRdTa1/0ww=
', 1795677594496);
insert into "log_key" ("origin", "private_key", "created_at") values ('ticket-check/audit/aa0129d9-8a73-458c-ab7f-0fff7bab4c06', '-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIOCVTG3uEkaHnfRGa/2S44bCAs+qQvY+73aUlYG24WA8
-----END PRIVATE KEY-----
', 1795677594473);
insert into "log_leaf" ("position", "entry", "hash") values (0, '01a216b9-a363-7f0f-a8a8-09e6f0598fbc', '0cyW2z/8uiNwBGLUzRdgyQ9awX37B05/+8Gmv/KCREU=');
insert into "operation" ("id", "name", "actor", "began_at", "ended_at", "of", "failed", "what", "from", "before", "after") values ('01a216b9-a363-7f0f-a8a8-09e6f0598fbc', 'operator add', 'root', '2026-11-26T15:00:00', '2026-11-26T15:00:00', null, 0, '{"username":"anna"}', 'box-1', null, null);
insert into "operator" ("username", "role", "cinema_codes", "password_hash", "one_time_until", "created_at", "disabled_at") values ('anna', 'administrator', 'all', '$argon2id$v=19$m=32768,t=3,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g', null, '2026-11-26T15:00:00', null);
insert into "operator_recovery_code" ("code_hash", "username") values ('abababababababababababababababababababababababababababababababab', 'anna');
insert into "operator_session" ("token_hash", "username", "address", "began_at", "seen_at") values ('efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef', 'anna', '192.0.2.7', 1795676400000, 1795676400000);
insert into "operator_totp" ("username", "secret", "last_step", "set_up_at") values ('anna', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', 59469120, '2026-11-26T15:00:00');
insert into "operator_try" ("id", "username", "what", "at") values ('019389f2-7c00-7abc-8def-000000000001', 'anna', 'password', 1795000000000);
insert into "public_key" ("fingerprint", "cinema_code", "start_time", "spki") values ('3e94fc7e5a00ea80b60d5fdfca8a16fd9bc4bc38df1de7c5fcae36a93686aced', '31012345', '2026-01-01T00:00:00', 'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCriatn6ZiJyTvhDvCHS2WA+jWHKHmY20SAHPgYjS6YrYEE7qqh6ltk+bMTv/g3HkEf8DH/nc/Gpk2FIw//XU8Hol+/QMvK78N+2IqnEzdOqGVwU7LzmgjeNDvYpBr+XNp9FQi0SN+9EjwEAVSdQSMvrr9z7xi8HVNdfvNDdgiETwIDAQAB');
insert into "quarantine_review" ("cinema_code", "revision", "reviewed_to", "leased_until") values ('31012345', 1, null, 0);
insert into "record_id_secret" ("id", "secret", "unkeyed_until") values (1, '180617008006ea1f44c934861e10bd18de6d1b67ee756de619e6267367a62b4c', '2026-11-25T19:00:01');
insert into "refund" ("start_time", "cinema_code", "film_ticket_code", "refund_time") values ('2026-11-24T19:30:00', '31012345', '7777777777777772', '2026-11-24T12:00:00');
insert into "reversal" ("reverses", "identity", "cinema_code", "account", "record_id", "film_ticket_code", "start_time", "check_time", "reversed_at", "received_at", "delivered_at", "error_code", "revision") values ('019389f2-7c00-7abc-8def-0123456789f1', '', '31012345', '', '019389f2-7c00-7abc-8def-0123456789f2', '7777777777777799', '2026-11-24T19:30:00', '2026-11-24T19:20:00', '2026-11-24T19:25:00', '2026-11-24T19:25:00', '2026-11-24T19:25:01', null, 0);
insert into "screen" ("cinema_code", "screen_code", "screen_name", "written_at") values ('31012345', '0003000000000000', '3号厅', '');
insert into "store_generation" ("id", "generation", "replaced", "renewed_at", "server_system", "server_timeline", "server_synchronous") values (1, 'aa0129d9-8a73-458c-ab7f-0fff7bab4c06', 'dcc45a08-68a1-4297-92a7-d077c834fda6', '2026-11-25T04:00:00', null, null, null);
insert into "ticket" ("start_time", "cinema_code", "film_ticket_code", "screen_code", "film_code", "session_code", "ticket_type", "sell_time", "row_num", "column_num", "price", "service", "cinema_name", "screen_name", "film_name", "written_at") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', '0003000000000000', '001102582026', 'S170000000000000', '网络售票', null, 7, 12, 4500, 300, '', '', '', '');
insert into "ticket" ("start_time", "cinema_code", "film_ticket_code", "screen_code", "film_code", "session_code", "ticket_type", "sell_time", "row_num", "column_num", "price", "service", "cinema_name", "screen_name", "film_name", "written_at") values ('2026-11-24T19:30:00', '31012345', '7777777777777772', '0003000000000000', '001102582026', 'S170000000000000', '网络售票', null, 7, 12, 4500, 300, '', '', '', '');
insert into "told_day" ("business_date", "cinema_code", "username", "counted_at", "told_at", "entries", "delivered", "hours", "overrides", "undone", "compared_at") values ('2026-11-24', '31012345', 'terminal-1', '2026-11-25T06:10:00', '2026-11-25T06:10:01', 4, 3, '[]', 1, 1, '2026-11-25T06:10:00');
insert into "told_difference" ("username", "business_date", "cinema_code", "counted_at", "place", "kind", "record_id", "film_ticket_code", "start_time", "check_time", "error_code", "elements") values ('terminal-1', '2026-11-24', '31012345', '2026-11-25T06:10:00', 0, 'refused-upstream', '019ab000-0000-8000-8000-000000000000', '7777777777777772', '2026-11-24T19:30:00', '2026-11-24T19:10:00', 'INVALID_PRICE', '["Price"]');

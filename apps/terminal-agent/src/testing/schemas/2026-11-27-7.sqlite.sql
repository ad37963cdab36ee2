CREATE TABLE "answered_release" ("record_id" text primary key, "start_time" text not null, "cinema_code" text not null, "film_ticket_code" text not null, "answered_at" text not null, "uncertain" integer not null);
CREATE TABLE "api_token" ("name" text primary key, "token_hash" text not null, "permissions" text not null, "cinema_codes" text not null, "created_at" text not null, "ends_at" text not null, "used_at" bigint, "revoked_at" text);
CREATE TABLE "cached_key" ("cinema_code" text not null, "fingerprint" text not null, "start_time" text not null, "spki" text not null, "current" bigint not null, constraint "cached_key_pk" primary key ("cinema_code", "start_time", "fingerprint"));
CREATE TABLE "check_record" (
      "record_id" TEXT not null, "cinema_code" TEXT not null, "film_ticket_code" TEXT not null, "start_time" TEXT not null, "ticket_info_code" TEXT not null, "check_time" TEXT not null, "screen_code" TEXT not null, "screen_name" TEXT not null, "film_code" TEXT not null, "film_name" TEXT not null, "session_code" TEXT not null, "ticket_type" TEXT, "row_num" bigint not null, "column_num" bigint not null, "price" bigint not null, "service" bigint not null, "gate" TEXT not null, "received_at" TEXT not null, "quarantine" TEXT, "differences" TEXT not null, identity text not null, "account" text default '' not null, "overridden_verdict" text, "offline" bigint, "decided_ms" bigint, "forwarder_seconds" bigint,
      constraint "check_record_pk" primary key (record_id, identity)
    );
CREATE TABLE "claim_release" ("record_id" text primary key, "start_time" text not null, "cinema_code" text not null, "film_ticket_code" text not null, "queued_at" text not null, "uncertain" integer default 0 not null);
CREATE TABLE "delivered_record" ("record_id" text not null, "identity" text not null, "cinema_code" text not null, "delivered_at" text not null, "sent_at" text, "refusals" bigint, constraint "delivered_record_pk" primary key ("record_id", "identity", "cinema_code"));
CREATE TABLE "delivery" ("delivered_on" text not null, "cinema_code" text not null, "oldest_check_time" text not null, "last_delivered_at" text not null, constraint "delivery_pk" primary key ("delivered_on", "cinema_code"));
CREATE TABLE "discarded_scan" ("verdict" text primary key, "count" bigint not null);
CREATE TABLE "e_ticket_key" ("key_id" text primary key, "public_key" text not null, "valid_from" text not null, "valid_until" text not null, "revoked_at" text, "listed" integer not null);
CREATE TABLE "e_ticket_source" ("id" integer primary key, "host" text not null, "fetched_at" bigint not null);
CREATE TABLE "entry" ("start_time" text not null, "cinema_code" text not null, "film_ticket_code" text not null, "record_id" text not null, constraint "entry_pk" primary key ("start_time", "cinema_code", "film_ticket_code"));
CREATE TABLE "followed_changes" ("id" bigint primary key, "cursor" text not null, "as_of" text, "heard_at" bigint not null);
CREATE TABLE "gate_out_of_order" ("gate" text primary key, "since" text not null, "what" text not null);
CREATE TABLE "key_fetch" ("cinema_code" text primary key, "fetched_at" bigint, "attempted_at" bigint not null, "failure" text, "alarm" text);
CREATE TABLE "known_change" ("start_time" text not null, "cinema_code" text not null, "film_ticket_code" text not null, "kind" text not null, constraint "known_change_pk" primary key ("start_time", "cinema_code", "film_ticket_code", "kind"));
CREATE TABLE "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
CREATE TABLE "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
CREATE TABLE "lease" ("name" text primary key, "owner" text not null, "ends_at" bigint not null);
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
CREATE TABLE "override" ("record_id" text primary key, "overrides" text not null unique, "verdict" text not null, "reason" text not null, "operator" text not null, "overridden_at" text not null);
CREATE TABLE "pending_key" ("id" bigint primary key, "private_key" text not null);
CREATE TABLE "purged_count" ("kind" text primary key, "count" bigint not null);
CREATE TABLE "quarantine_review" ("cinema_code" text primary key, "revision" bigint not null, "reviewed_to" text, "leased_until" bigint not null);
CREATE TABLE "recheck" ("record_id" text primary key, "queued_at" text not null, "times_asked" integer default 0 not null, "ask_at" text);
CREATE TABLE "record_id_secret" ("id" bigint primary key check (id = 1), "secret" text not null, "unkeyed_until" text);
CREATE TABLE "refusal" ("record_id" text primary key, "record" text not null, "first_check_time" text, "first_gate" text);
CREATE TABLE "reversal" ("reverses" text not null, "identity" text not null, "cinema_code" text not null, "account" text not null, "record_id" text not null, "film_ticket_code" text not null, "start_time" text not null, "check_time" text not null, "reversed_at" text not null, "received_at" text not null, "delivered_at" text, "error_code" text, "revision" bigint default 0 not null, constraint "reversal_pk" primary key ("reverses", "identity", "cinema_code", "account"));
CREATE TABLE "scan" ("sequence" integer primary key autoincrement, "record_id" text not null unique, "text_hash" text not null, "gate" text not null, "cinema_code" text, "film_ticket_code" text, "start_time" text, "scanned_at" text not null, "verdict" text, "detail" text, "confirmed" integer, "decided_at" text, "opened_at" text, "clock_correction_ms" integer default 0 not null, "clock_trusted" integer default 1 not null, "refund_state_known" integer, "late_verdict" text, "late_noticed_at" text, "late_first_entry" text, "upstream_silent" integer, "last_contact_seconds" integer, "e_ticket_time" text, "e_ticket_age_seconds" integer, "changes_known_at" text);
CREATE TABLE "scan_count" ("store_id" text not null, "step" text not null, "verdict" text not null, "count" integer not null, constraint "scan_count_pk" primary key ("store_id", "step", "verdict")) without rowid;
CREATE TABLE "store_generation" ("id" bigint primary key check (id = 1), "generation" text not null, "replaced" text, "renewed_at" text, "server_system" text, "server_timeline" text, "server_synchronous" bigint);
CREATE TABLE "store_origin" ("id" bigint primary key, "began_at" text not null, "predecessor" text, "asked_upstream_at" text);
CREATE TABLE "unadmitted_passage" ("gate" text primary key, "since" text not null, "last" text not null, "count" integer not null);
CREATE TABLE "unpassed_admission" ("record_id" text primary key, "gate" text not null, "noticed_at" text not null);
CREATE TABLE "upstream" ("id" bigint primary key, "url" text not null, "username" text not null, "private_key" text not null, "ca" text, "cinema_codes" text not null, "payload_form" text not null, "price_form" text not null, "extensions" text not null, "generation" text, "algorithm" text default 'rsa-md5' not null);
CREATE TABLE "upstream_generation" ("generation" text not null, "url" text not null, "replaces" text not null, "noted_at" text not null, constraint "upstream_generation_pk" primary key ("generation"));
CREATE INDEX "answered_release_age" on "answered_release" ("answered_at");
CREATE UNIQUE INDEX "api_token_by_hash" on "api_token" ("token_hash");
CREATE INDEX "check_record_cinema" on "check_record" ("cinema_code", "check_time");
CREATE INDEX "check_record_day" on "check_record" ("check_time", "cinema_code", "start_time", "account", "gate", "quarantine", "ticket_type", "overridden_verdict", "offline");
CREATE INDEX "check_record_entries" on "check_record" ("start_time", "cinema_code", "film_ticket_code", "check_time") where "quarantine" is null;
CREATE INDEX "check_record_incomplete" on "check_record" ("received_at", "record_id", "identity") where "ticket_type" is null and "quarantine" is null;
CREATE INDEX "check_record_quarantine" on "check_record" ("cinema_code", "record_id") where "quarantine" is not null;
CREATE INDEX "check_record_quarantine_account" on "check_record" ("account") where "quarantine" is not null;
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
CREATE INDEX "reversal_check_time" on "reversal" ("check_time", "cinema_code");
CREATE INDEX "reversal_ticket" on "reversal" ("start_time", "cinema_code", "film_ticket_code");
CREATE INDEX "reversal_waiting" on "reversal" ("record_id") where "delivered_at" is null and "error_code" is null;
CREATE INDEX "scan_film_ticket_code" on "scan" ("film_ticket_code") where "film_ticket_code" is not null;
CREATE INDEX "scan_late_verdict" on "scan" ("late_noticed_at") where "late_verdict" is not null;
CREATE INDEX "scan_open_intent" on "scan" ("start_time", "cinema_code", "film_ticket_code") where "verdict" is null;
CREATE INDEX "scan_salvaged" on "scan" ("scanned_at") where "detail" = 'salvaged';
CREATE INDEX "scan_without_ticket" on "scan" ("sequence") where "film_ticket_code" is null;
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
CREATE TRIGGER scan_counted after insert on scan when new.verdict is not null and new.detail is not 'salvaged' begin 
  insert into scan_count (store_id, step, verdict, count)
  select generation, substr(new.scanned_at, 1, 15), new.verdict, 1 from store_generation where true
  on conflict do update set count = count + 1;
 end;
CREATE TRIGGER scan_counted_late after update of verdict on scan when old.verdict is null and new.verdict is not null and new.detail is not 'salvaged'
      begin 
  insert into scan_count (store_id, step, verdict, count)
  select generation, substr(new.scanned_at, 1, 15), new.verdict, 1 from store_generation where true
  on conflict do update set count = count + 1;
 end;
insert into "api_token" ("name", "token_hash", "permissions", "cinema_codes", "created_at", "ends_at", "used_at", "revoked_at") values ('report-reader', 'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', 'claims.read', 'all', '2026-11-26T15:00:00', '2027-11-26', null, null);
insert into "cached_key" ("cinema_code", "fingerprint", "start_time", "spki", "current") values ('31012345', '3e94fc7e5a00ea80b60d5fdfca8a16fd9bc4bc38df1de7c5fcae36a93686aced', '2026-01-01T00:00:00', 'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCriatn6ZiJyTvhDvCHS2WA+jWHKHmY20SAHPgYjS6YrYEE7qqh6ltk+bMTv/g3HkEf8DH/nc/Gpk2FIw//XU8Hol+/QMvK78N+2IqnEzdOqGVwU7LzmgjeNDvYpBr+XNp9FQi0SN+9EjwEAVSdQSMvrr9z7xi8HVNdfvNDdgiETwIDAQAB', 1);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "gate", "received_at", "quarantine", "differences", "identity", "account", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15', '31012345', '7777777777777771', '2026-11-24T19:30:00', '31012345FtxRIPG2f7OUqW+amKwORnA10MS4pHLusCGPCBnMroWHxThJ+9sZsMREBIzHclymdsqIK2HDksJAGODensz1PlSwdk/e5sOYdGZkruslhL0ZsoruLFs1Sg0kvvFZg92DV5FwbZNor777KTEe/kGIR2JBW8chMYbffDkoEb0+D68=', '2026-11-24T19:00:01', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', 7, 12, 4500, 300, 'gate-1', '2026-11-24T19:00:01', null, '', '8e62c685ce7b99d60345a42692fc30da', '', null, null, 431, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "gate", "received_at", "quarantine", "differences", "identity", "account", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a10a2d81feb', '31012345', '7777777777777772', '2026-11-24T19:30:00', '31012345TBua6x9t0JruebxDBdGh2vgrAprIgdbmPeG314pzNicUeKLiZ7fJ6fLPtWl7uC0CfsgyVHFmrfDgUeweBzDLNUc5i7qk5NZe8vSpSOYkO6CQpuW3QEJguGcJw7iT1FRBrUAAW2kDM3RPi2GdEkCM6PdVMiFkBoJjN1cAgUP9At4=', '2026-11-24T19:00:02', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', 7, 12, 4500, 300, 'gate-1', '2026-11-24T19:00:02', null, '', 'dae3080f218efad46692cae7eb896393', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "gate", "received_at", "quarantine", "differences", "identity", "account", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a11e4451baf', '31012345', '7777777777777773', '2026-11-24T19:30:00', '31012345KBr1PyfeX1zfo3R8Sw8sNtpKxUmcGjm7hLfZGePc9gBrJ4JfqaJXneL/mSiwYefywgYQncaoTJEvNsb/LUrHSJXxWOvHJICHIRAHRHOojT6xPDI41gWR8e2fTqAm95UJH1E4YqaN+OBEXlA/Rxv2N8FGq2msKrRtO4BwrJ8w4SA=', '2026-11-24T19:00:03', '0003000000000000', '', '001102582026', '', 'S170000000000000', null, 0, 0, 4500, 300, 'gate-1', '2026-11-24T19:00:03', null, '', '7da26d3cf56fb0e944538e437c853c87', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "gate", "received_at", "quarantine", "differences", "identity", "account", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a12bdca441e', '31012345', '7777777777777774', '2026-11-24T19:30:00', '31012345YlbEYvI8NsnnA5vJOlTQNM4nqsbvFAdd+VpoDv0PoR97gbVfxwy0xTQ4lkWj4HZf/1knhZIHtvPmLs6o8jmrr1zq5V86WugPPWHo6wvEL8V2aBnoWsIRZz3uojqx4tjbqiI14yCCSIpTyR53I6cAA2SLeYQkBACtySGqDXmUiE4=', '2026-11-24T19:00:04', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', 7, 12, 4500, 300, 'gate-1', '2026-11-24T19:00:04', 'CODE_NOT_GENUINE', '', '61c3fb5e22f9dbd8f255cb1b67491614', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "gate", "received_at", "quarantine", "differences", "identity", "account", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a136e31e74d', '31012345', '7777777777777775', '2026-11-24T19:30:00', '31012345IbMFncVM7B142oOq2HqIsr/0ZMY5d4CaY1sqcFDbwq6KQ6eCaYL9brm3cjKq8rsjEPCKxhPM/mSRYkisUaYMN3izWsXAbgppFX7L1EyCKFyZFsNEdPVSrVdfWL9jgZmQR7bDr3WVDezGK151J7xWNY6eF9M9ZPRQR//Z+beZsqc=', '2026-11-24T19:00:05', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', 7, 12, 4500, 300, 'gate-1', '2026-11-24T19:00:05', null, '', 'ac6af7347291ae162f729bda17f1c5ce', '', 'REFUNDED', null, null, null);
insert into "claim_release" ("record_id", "start_time", "cinema_code", "film_ticket_code", "queued_at", "uncertain") values ('01a20e78-0000-7000-8000-000000000003', '2026-11-24T19:30:00', '31012345', '9999999999999998', '2026-11-24T19:07:00', 0);
insert into "delivered_record" ("record_id", "identity", "cinema_code", "delivered_at", "sent_at", "refusals") values ('01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15', '8e62c685ce7b99d60345a42692fc30da', '31012345', '2026-11-24T19:30:00', '2026-11-24T19:29:58', 2);
insert into "delivery" ("delivered_on", "cinema_code", "oldest_check_time", "last_delivered_at") values ('2026-11-24', '31012345', '2026-11-24T19:00:01', '2026-11-24T19:20:00');
insert into "e_ticket_key" ("key_id", "public_key", "valid_from", "valid_until", "revoked_at", "listed") values ('AAAAAAAAAAA', '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=', '2026-11-24T00:00:00', '2026-12-24T00:10:00', null, 1);
insert into "e_ticket_source" ("id", "host", "fetched_at") values (1, 'platform.example:9000', 1795433400000);
insert into "entry" ("start_time", "cinema_code", "film_ticket_code", "record_id") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', '01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15');
insert into "entry" ("start_time", "cinema_code", "film_ticket_code", "record_id") values ('2026-11-24T19:30:00', '31012345', '7777777777777772', '01a20e77-d1e5-7874-8ee2-3a10a2d81feb');
insert into "entry" ("start_time", "cinema_code", "film_ticket_code", "record_id") values ('2026-11-24T19:30:00', '31012345', '7777777777777773', '01a20e77-d1e5-7874-8ee2-3a11e4451baf');
insert into "entry" ("start_time", "cinema_code", "film_ticket_code", "record_id") values ('2026-11-24T19:30:00', '31012345', '7777777777777775', '01a20e77-d1e5-7874-8ee2-3a136e31e74d');
insert into "followed_changes" ("id", "cursor", "as_of", "heard_at") values (1, 'MGI4ZjJhNTI', '2026-11-24T20:30:00', 1795433400000);
insert into "gate_out_of_order" ("gate", "since", "what") values ('gate-1', '2026-11-24T19:50:00', 'it did not open: the board does not answer');
insert into "key_fetch" ("cinema_code", "fetched_at", "attempted_at", "failure", "alarm") values ('31012345', 1795521540000, 1795521540000, null, null);
insert into "known_change" ("start_time", "cinema_code", "film_ticket_code", "kind") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', 'refunded');
insert into "kysely_migration" ("name", "timestamp") values ('0000-store-generation', '2026-11-24T16:51:04.519Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-check-records', '2026-11-24T16:51:04.520Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-key-cache', '2026-11-24T16:51:04.521Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-scans', '2026-11-24T16:51:04.522Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-upstream', '2026-11-24T16:51:04.523Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-answered-releases', '2026-11-25T22:15:37.853Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-claim-releases', '2026-11-25T22:15:37.847Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-discarded-scans', '2026-11-25T22:15:37.854Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-entries-in-order', '2026-11-25T22:15:37.855Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-late-questions', '2026-11-25T22:15:37.849Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-late-questions-again', '2026-11-25T01:18:52.446Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-operations', '2026-11-25T22:15:37.852Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-outbox-start-times', '2026-11-25T01:18:52.447Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-quarantine-by-source', '2026-11-25T22:15:37.858Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-quarantine-reviews', '2026-11-25T22:15:37.859Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-record-identities', '2026-11-25T22:15:37.868Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-records-recently-incomplete', '2026-11-25T22:15:37.877Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-replaced-generation', '2026-11-25T01:18:52.437Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-replaced-generation-renewed', '2026-11-25T01:18:52.445Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-scan-claims', '2026-11-25T01:18:52.442Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-scan-first-answer', '2026-11-25T22:15:37.870Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-server-of-generation', '2026-11-25T22:15:37.857Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-store-life', '2026-11-25T01:18:52.443Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-uncertain-release', '2026-11-25T22:15:37.871Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-keys', '2026-11-25T22:15:37.872Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-lives', '2026-11-25T01:18:52.444Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-lives-by-id', '2026-11-25T22:15:37.875Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-api-tokens', '2026-11-26T07:19:54.550Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-cinemas-in-record-keys', '2026-11-26T05:42:00.191Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-gates-out-of-order', '2026-11-26T17:17:36.249Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-leases', '2026-11-25T22:15:37.876Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-by-actor', '2026-11-26T13:47:33.908Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-from-where', '2026-11-26T07:19:54.552Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-not-replaced', '2026-11-26T05:42:00.190Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operator-tries', '2026-11-26T10:24:24.186Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operators', '2026-11-26T07:19:54.553Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-overrides', '2026-11-26T13:47:33.912Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-passkeys', '2026-11-26T07:19:54.556Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-purged-counts', '2026-11-26T07:19:54.557Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-rechecks', '2026-11-26T05:42:00.186Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-by-account-and-gate', '2026-11-25T22:15:37.879Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-of-gates', '2026-11-25T22:15:37.883Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-overridden', '2026-11-26T17:17:36.253Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-overridden-here', '2026-11-26T17:17:36.254Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-reversals', '2026-11-26T10:24:24.191Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-second-factors', '2026-11-26T07:19:54.563Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-second-factors-from-where', '2026-11-26T10:24:24.193Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-signature-algorithm-of-upstream', '2026-11-25T22:15:37.884Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-store-origin', '2026-11-26T05:42:00.189Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-transparency-log', '2026-11-26T07:19:54.567Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-transparency-log-of-operations', '2026-11-26T07:19:54.568Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-upstream-generations', '2026-11-26T07:19:54.570Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-records-by-cinema', '2026-11-26T15:51:15.499Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-sensors-of-gates', '2026-11-26T19:58:40.615Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tickets-shown-as-e-tickets', '2026-11-26T19:58:40.627Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-times-of-delivery', '2026-11-26T19:58:40.628Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes-above', '2026-11-26T19:58:40.634Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-known-changes', '2026-11-26T19:58:40.635Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-scans', '2026-11-26T19:58:40.639Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-trusted-e-ticket-keys', '2026-11-26T19:58:40.646Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-verdicts-by-ticket', '2026-11-27T02:05:18.244Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-when-records-were-sent', '2026-11-27T02:05:18.248Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-wider-index-of-a-day', '2026-11-27T02:05:18.250Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-offline-admissions', '2026-11-27T06:03:35.326Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-times-of-sending', '2026-11-27T06:03:35.328Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-scan-counts', '2026-11-27T06:03:35.329Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-times-at-the-door', '2026-11-27T07:43:27.965Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-times-refused', '2026-11-27T07:52:31.170Z');
insert into "kysely_migration_lock" ("id", "is_locked") values ('migration_lock', 0);
insert into "log_checkpoint" ("number", "origin", "size", "root", "note", "signed_at") values (0, 'ticket-check/audit/070dd9e4-2ab8-481c-832c-f17b0229012d', 1, 'BBexUYa+2retWndmzRgq/d09L2sEg0XVNr5ne/EzxvU=', 'ticket-check/audit/070dd9e4-2ab8-481c-832c-f17b0229012d
1
BBexUYa+2retWndmzRgq/d09L2sEg0XVNr5ne/EzxvU=

— ticket-check/audit/070dd9e4-2ab8-481c-832c-f17b0229012d ectLmk/IyVTyG3NSdEm3yfjiLG0f9YDcIPlUObOA/LDQBLm1sBNTpzaVOk/VQdk554Ohjkcal6hwnUkyAApVlqFOhw8=
', 1795677594602);
insert into "log_key" ("origin", "private_key", "created_at") values ('ticket-check/audit/070dd9e4-2ab8-481c-832c-f17b0229012d', '-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIM8IyPDyCWTLO/IktC61pYzoLsdWJVBZ5O4vhifGwaIV
-----END PRIVATE KEY-----
', 1795677594584);
insert into "log_leaf" ("position", "entry", "hash") values (0, '01a216b9-a3d2-7e96-a60b-2657047b9b6c', 'BBexUYa+2retWndmzRgq/d09L2sEg0XVNr5ne/EzxvU=');
insert into "operation" ("id", "name", "actor", "began_at", "ended_at", "of", "failed", "what", "from", "before", "after") values ('01a216b9-a3d2-7e96-a60b-2657047b9b6c', 'operator add', 'root', '2026-11-26T15:00:00', '2026-11-26T15:00:00', null, 0, '{"username":"anna"}', 'box-1', null, null);
insert into "operator" ("username", "role", "cinema_codes", "password_hash", "one_time_until", "created_at", "disabled_at") values ('anna', 'administrator', 'all', '$argon2id$v=19$m=32768,t=3,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g', null, '2026-11-26T15:00:00', null);
insert into "operator_recovery_code" ("code_hash", "username") values ('abababababababababababababababababababababababababababababababab', 'anna');
insert into "operator_session" ("token_hash", "username", "address", "began_at", "seen_at") values ('efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef', 'anna', '192.0.2.7', 1795676400000, 1795676400000);
insert into "operator_totp" ("username", "secret", "last_step", "set_up_at") values ('anna', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', 59469120, '2026-11-26T15:00:00');
insert into "operator_try" ("id", "username", "what", "at") values ('019389f2-7c00-7abc-8def-000000000001', 'anna', 'password', 1795000000000);
insert into "outbox" ("record_id", "cinema_code", "check_time", "incomplete", "revision", "attempts", "parked_at", "next_attempt_at", "error_code", "error_message", "start_time", "identity", "sent_at") values ('01a20e77-d1e5-7874-8ee2-3a10a2d81feb', '31012345', '2026-11-24T19:00:02', 0, 0, 0, null, null, null, null, '2026-11-24T19:30:00', 'dae3080f218efad46692cae7eb896393', '2026-11-24T19:31:00');
insert into "outbox" ("record_id", "cinema_code", "check_time", "incomplete", "revision", "attempts", "parked_at", "next_attempt_at", "error_code", "error_message", "start_time", "identity", "sent_at") values ('01a20e77-d1e5-7874-8ee2-3a11e4451baf', '31012345', '2026-11-24T19:00:03', 1, 0, 0, null, null, null, null, '2026-11-24T19:30:00', '7da26d3cf56fb0e944538e437c853c87', null);
insert into "outbox" ("record_id", "cinema_code", "check_time", "incomplete", "revision", "attempts", "parked_at", "next_attempt_at", "error_code", "error_message", "start_time", "identity", "sent_at") values ('01a20e77-d1e5-7874-8ee2-3a136e31e74d', '31012345', '2026-11-24T19:00:05', 0, 0, 1, '2026-11-24T19:20:00', '2026-11-24T20:20:00', 'INVALID_PRICE', 'Price can''t be', '2026-11-24T19:30:00', 'ac6af7347291ae162f729bda17f1c5ce', null);
insert into "override" ("record_id", "overrides", "verdict", "reason", "operator", "overridden_at") values ('019389f2-7c00-7abc-8def-000000000042', '019389f2-7c00-7abc-8def-000000000041', 'ALREADY_ENTERED', 'paper ticket', 'susi', '2026-11-24T19:31:00');
insert into "quarantine_review" ("cinema_code", "revision", "reviewed_to", "leased_until") values ('31012345', 1, null, 0);
insert into "recheck" ("record_id", "queued_at", "times_asked", "ask_at") values ('01a20e77-d1e5-7874-8ee2-3a11e4451baf', '2026-11-24T19:00:03', 2, '2026-11-24T19:30:00');
insert into "recheck" ("record_id", "queued_at", "times_asked", "ask_at") values ('01a20e77-d1e5-7874-8ee2-3a136e31e74d', '2026-11-24T19:00:05', 0, null);
insert into "record_id_secret" ("id", "secret", "unkeyed_until") values (1, '37a99f5253843dd4a414c6fc52faf7e416e416015d46993fa7ff28a4419ab6e7', '2026-11-24T19:00:05');
insert into "refusal" ("record_id", "record", "first_check_time", "first_gate") values ('019389f2-7c00-7abc-8def-000000000041', '{}', '2026-11-24T19:30:00', 'gate-1');
insert into "reversal" ("reverses", "identity", "cinema_code", "account", "record_id", "film_ticket_code", "start_time", "check_time", "reversed_at", "received_at", "delivered_at", "error_code", "revision") values ('019389f2-7c00-7abc-8def-0123456789f1', '', '31012345', '', '019389f2-7c00-7abc-8def-0123456789f2', '7777777777777799', '2026-11-24T19:30:00', '2026-11-24T19:20:00', '2026-11-24T19:25:00', '2026-11-24T19:25:00', '2026-11-24T19:25:01', null, 0);
insert into "scan" ("sequence", "record_id", "text_hash", "gate", "cinema_code", "film_ticket_code", "start_time", "scanned_at", "verdict", "detail", "confirmed", "decided_at", "opened_at", "clock_correction_ms", "clock_trusted", "refund_state_known", "late_verdict", "late_noticed_at", "late_first_entry", "upstream_silent", "last_contact_seconds", "e_ticket_time", "e_ticket_age_seconds", "changes_known_at") values (1, '01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15', 'abababababababababababababababababababababababababababababababab', 'gate-1', '31012345', '7777777777777771', '2026-11-24T19:30:00', '2026-11-24T19:00:01', 'ADMIT', null, 1, '2026-11-24T19:00:01', '2026-11-24T19:00:01', -1500, 1, 1, null, null, null, null, null, null, null, null);
insert into "scan" ("sequence", "record_id", "text_hash", "gate", "cinema_code", "film_ticket_code", "start_time", "scanned_at", "verdict", "detail", "confirmed", "decided_at", "opened_at", "clock_correction_ms", "clock_trusted", "refund_state_known", "late_verdict", "late_noticed_at", "late_first_entry", "upstream_silent", "last_contact_seconds", "e_ticket_time", "e_ticket_age_seconds", "changes_known_at") values (2, '01a20e77-d1e5-7874-8ee2-3a10a2d81feb', 'abababababababababababababababababababababababababababababababab', 'gate-1', '31012345', '7777777777777772', '2026-11-24T19:30:00', '2026-11-24T19:00:02', 'ADMIT', null, 0, '2026-11-24T19:00:02', '2026-11-24T19:00:02', 0, 0, 0, 'ALREADY_ENTERED', '2026-11-24T19:20:00', '2026-11-24T18:59:00', null, null, null, null, null);
insert into "scan" ("sequence", "record_id", "text_hash", "gate", "cinema_code", "film_ticket_code", "start_time", "scanned_at", "verdict", "detail", "confirmed", "decided_at", "opened_at", "clock_correction_ms", "clock_trusted", "refund_state_known", "late_verdict", "late_noticed_at", "late_first_entry", "upstream_silent", "last_contact_seconds", "e_ticket_time", "e_ticket_age_seconds", "changes_known_at") values (3, '01a20e77-d1e5-7874-8ee2-3a11e4451baf', 'abababababababababababababababababababababababababababababababab', 'gate-1', '31012345', '7777777777777773', '2026-11-24T19:30:00', '2026-11-24T19:00:03', 'ADMIT', null, 0, '2026-11-24T19:00:03', '2026-11-24T19:00:03', 0, 1, 0, null, null, null, null, null, null, null, null);
insert into "scan" ("sequence", "record_id", "text_hash", "gate", "cinema_code", "film_ticket_code", "start_time", "scanned_at", "verdict", "detail", "confirmed", "decided_at", "opened_at", "clock_correction_ms", "clock_trusted", "refund_state_known", "late_verdict", "late_noticed_at", "late_first_entry", "upstream_silent", "last_contact_seconds", "e_ticket_time", "e_ticket_age_seconds", "changes_known_at") values (4, '01a20e77-d1e5-7874-8ee2-3a136e31e74d', 'abababababababababababababababababababababababababababababababab', 'gate-1', '31012345', '7777777777777775', '2026-11-24T19:30:00', '2026-11-24T19:00:05', 'ADMIT', null, 0, '2026-11-24T19:00:05', null, 0, 1, 0, null, null, null, null, null, null, null, null);
insert into "scan" ("sequence", "record_id", "text_hash", "gate", "cinema_code", "film_ticket_code", "start_time", "scanned_at", "verdict", "detail", "confirmed", "decided_at", "opened_at", "clock_correction_ms", "clock_trusted", "refund_state_known", "late_verdict", "late_noticed_at", "late_first_entry", "upstream_silent", "last_contact_seconds", "e_ticket_time", "e_ticket_age_seconds", "changes_known_at") values (5, '01956c5e-0000-7000-8000-000000000001', 'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', 'gate-1', null, null, null, '2026-11-24T19:05:00', 'UNREADABLE', 'caps-lock', null, '2026-11-24T19:05:00', null, 0, 1, null, null, null, null, null, null, null, null, null);
insert into "scan" ("sequence", "record_id", "text_hash", "gate", "cinema_code", "film_ticket_code", "start_time", "scanned_at", "verdict", "detail", "confirmed", "decided_at", "opened_at", "clock_correction_ms", "clock_trusted", "refund_state_known", "late_verdict", "late_noticed_at", "late_first_entry", "upstream_silent", "last_contact_seconds", "e_ticket_time", "e_ticket_age_seconds", "changes_known_at") values (6, '01956c5e-0000-7000-8000-000000000002', 'efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef', 'gate-1', '31012345', '9999999999999999', '2026-11-24T19:30:00', '2026-11-24T19:06:00', null, null, null, null, null, 0, 1, null, null, null, null, null, null, null, null, null);
insert into "scan_count" ("store_id", "step", "verdict", "count") values ('070dd9e4-2ab8-481c-832c-f17b0229012d', '2026-11-24T19:3', 'ADMIT', 3);
insert into "store_generation" ("id", "generation", "replaced", "renewed_at", "server_system", "server_timeline", "server_synchronous") values (1, '070dd9e4-2ab8-481c-832c-f17b0229012d', '144c185d-79b7-43d2-aa85-176079d4522b', '2026-11-25T04:00:00', null, null, null);
insert into "store_origin" ("id", "began_at", "predecessor", "asked_upstream_at") values (1, '2026-11-24T08:00:00', null, null);
insert into "unadmitted_passage" ("gate", "since", "last", "count") values ('west', '2026-11-24T19:00:30', '2026-11-24T19:00:40', 2);
insert into "unpassed_admission" ("record_id", "gate", "noticed_at") values ('01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15', 'west', '2026-11-24T19:00:20');
insert into "upstream" ("id", "url", "username", "private_key", "ca", "cinema_codes", "payload_form", "price_form", "extensions", "generation", "algorithm") values (1, 'https://platform.example:9000', 'sender-1', '-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCzQQ9eVcG4yvqX
8c7WrosJoS+aMl7WHloKdo/ckMT7TLhnsDdafclIohAcOKgC4VKuGXkoutFuOXo9
cu6PJC3MQMANVFlcYco0R74SZdRGUbyYdSTU2nGO0oO0/J/rkwndjBZ8Euo8TPG6
1BybSCA+EDHicKG+R5TuHjSn8OE44gS49blhAEGtsI2iB5qS3a0RS9Z9613TfRAE
WeM9MdzJT9McMVq9ZSVVKBIC5AFp2V/75vov1TLclahtclJcUKq5euqCQV+FuuOK
zPhwKgqGiVo6OBY/Cx+F0/K0QybRFoxVIkeFPAWzEm6Kdnz/0E5Db/pkuFDAJZ+U
fyE1sTQrAgMBAAECggEAD3m8c+5/bQ7JF7kenFYxVsF9tJhIq7+vElwuC2LMPs3e
1cTW4o8dg5HKRkV169m8I5+7YBLQ5e08anWzttPuyEWGzx/LHziqFl1jQX9dFj0U
RS1H4sCBMU1nZYax38qv/VqMzmVrp40VCYYqehV+Ax2u0Nfcfur7Jpug/CbFqv1i
9CiweiF8hKkOo2zfzI+K9KMYN+HkdgxXWTuMIzQz3EVegPurAkMsbljX0j6Ids5T
I0ZB8TYC4kM95wuRx7RcOIXK1g0Ux44ix6aHb1OC50dXVpXv+fcArIZ+z5zvCe6P
+KtFWDLCPEolhAaYynJHjMTRHEe3JLdTHIN1HMzOQQKBgQD5aQp/hiZ1g6WOY0O8
TAi0zG5880pnHSz4Oql8iSMowcBb3XlC5YRAPS7ktRKpzEHmlm57nD4K2L1X1XRH
ut7oLkA74LmuSc+dqg7elj/oga4gUk/i8eCEMM4FOPFFKIPT1qkhUMJJ6tjbnA8y
KVpQaEjnx/iaewzUkFCy5PIyEQKBgQC3/X9U3+uBI+ikXrsJA6BqjSo6jJ1UGhao
gLZm8NorjBMYfBCA6CifhwoAMKnbISFis4BnEqR0SW1YuZapv0zXxPZMufdpWuqI
q5CgDnJ+MaN0o1jtWyX2em8EpIFE+pOKG1Q6aJgHS4KzI20jJ8OiJBJyNkZ6zC3i
pFNHHvrGewKBgQDwW1BosSmjGmmUHQmMD2Jcip73/6Z2VOGfnzjy8V5WytHMNlXE
KFgZaF0mv3Hq/RONWu/CZEJORa3DVcwnzGlBLEFu8xU+Z5eTg+2siPOx6Deconam
aR9LhZUl50hss6zHnBmGJ8P1ZEP08CKc3slQsA+Cf26PwYIN375FiOn3YQKBgF40
ucGndVoGHNQsfO+8n6Ju7TRVUykAwqE8ZiiHIe4yJoTe4URfmo00A3bdc9rzN7jl
19Tuwq2X+xj2zaHUhW/lNYdLoNac6oFX9xE81Hqwx9Ss3peJmAJ/5eAmqtm6w1hv
bc0KSO1TSHSYqwTZE14twhQgni255bSqFsnPnu+JAoGAX8HDRhpHMJqowbmaK/sL
1x2uAyijpMVtxR1cnwGkJKVFD+Ii0JDsHYAiWYzDbjeaTeUW3rEspiCMhjjKHarR
7iCimbgIVaKQajgu4pHjMTyE8OkIgeiFrGrSoilk0fG4nOt25eF6zlNEYVSDqz0B
olxMGaiiV5nXdfgl1h/b2K0=
-----END PRIVATE KEY-----
', null, '["31012345"]', 'hex', 'two-decimals', 'record-id, store-generation', '0b8f2a52-3f0a-4f43-9a55-6f1c0a3b7d11', 'rsa-md5');
insert into "upstream_generation" ("generation", "url", "replaces", "noted_at") values ('0b8f2a52-3f0a-4f43-9a55-6f1c0a3b7d11', 'https://platform.example:9000', '', '2026-11-25T04:00:01');

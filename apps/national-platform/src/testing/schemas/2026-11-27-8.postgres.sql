create table "account" (
  "username" text not null,
  "role" text not null,
  "cinema_codes" text not null,
  "created_at" text not null,
  "expires_at" text,
  "revoked_at" text,
  "replaces" text,
  constraint "account_pkey" PRIMARY KEY (username)
);
create table "account_key" (
  "username" text not null,
  "slot" bigint not null,
  "public_key" text not null,
  "added_at" text not null,
  "algorithm" text default 'rsa-md5'::text not null,
  constraint "account_key_pkey" PRIMARY KEY (username, slot),
  constraint "account_key_slot_check" CHECK ((slot = ANY (ARRAY[(1)::bigint, (2)::bigint])))
);
create table "account_store" (
  "username" text not null,
  "store_id" text not null,
  "seen_at" bigint not null,
  constraint "account_store_pkey" PRIMARY KEY (username)
);
create table "api_token" (
  "name" text not null,
  "token_hash" text not null,
  "permissions" text not null,
  "cinema_codes" text not null,
  "created_at" text not null,
  "ends_at" text not null,
  "used_at" bigint,
  "revoked_at" text,
  constraint "api_token_pkey" PRIMARY KEY (name)
);
create table "change" (
  "position" bigint not null,
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "kind" text not null,
  constraint "change_pk" PRIMARY KEY ("position", cinema_code)
);
create table "change_head" (
  "id" bigint not null,
  "position" bigint not null,
  constraint "change_head_pkey" PRIMARY KEY (id)
);
create table "change_pending" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "subject" text not null,
  "kind" text not null,
  constraint "change_pending_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code, subject)
);
create table "check_record" (
  "record_id" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "start_time" text not null,
  "ticket_info_code" text not null,
  "check_time" text not null,
  "screen_code" text not null,
  "screen_name" text not null,
  "film_code" text not null,
  "film_name" text not null,
  "session_code" text not null,
  "ticket_type" text,
  "row_num" bigint not null,
  "column_num" bigint not null,
  "price" bigint not null,
  "service" bigint not null,
  "account" text not null,
  "received_at" text not null,
  "quarantine" text,
  "differences" text not null,
  "identity" text not null,
  "gate" text default ''::text not null,
  "overridden_verdict" text,
  "offline" bigint,
  "decided_ms" bigint,
  "forwarder_seconds" bigint,
  constraint "check_record_pk" PRIMARY KEY (record_id, identity, cinema_code)
);
create table "cinema" (
  "cinema_code" text not null,
  "cinema_name" text not null,
  "written_at" text default ''::text not null,
  constraint "cinema_pkey" PRIMARY KEY (cinema_code)
);
create table "cinema_activity" (
  "cinema_code" text not null,
  "username" text not null,
  "last_active_on" text not null,
  constraint "cinema_activity_pk" PRIMARY KEY (cinema_code, username)
);
create table "delivered_record" (
  "record_id" text not null,
  "identity" text not null,
  "cinema_code" text not null,
  "delivered_at" text not null,
  "sent_at" text,
  "refusals" bigint,
  constraint "delivered_record_pk" PRIMARY KEY (record_id, identity, cinema_code)
);
create table "delivery" (
  "delivered_on" text not null,
  "cinema_code" text not null,
  "oldest_check_time" text not null,
  "last_delivered_at" text not null,
  constraint "delivery_pk" PRIMARY KEY (delivered_on, cinema_code)
);
create table "film" (
  "film_code" text not null,
  "film_name" text not null,
  "written_at" text default ''::text not null,
  "named_by" text default ''::text not null,
  constraint "film_pkey" PRIMARY KEY (film_code)
);
create table "import_request" (
  "digest" text not null,
  "datetime" text not null,
  constraint "import_request_pkey" PRIMARY KEY (digest)
);
create table "intake_count" (
  "business_date" text not null,
  "source" text not null,
  "kind" text not null,
  "imported" bigint not null,
  "unchanged" bigint not null,
  "last_at" text,
  "refused" bigint not null,
  "last_refused_at" text,
  "error_code" text,
  constraint "intake_count_pk" PRIMARY KEY (business_date, source, kind)
);
create table "kysely_migration" (
  "name" character varying not null,
  "timestamp" character varying not null,
  constraint "kysely_migration_pkey" PRIMARY KEY (name)
);
create table "kysely_migration_lock" (
  "id" character varying not null,
  "is_locked" integer default 0 not null,
  constraint "kysely_migration_lock_pkey" PRIMARY KEY (id)
);
create table "lease" (
  "name" text not null,
  "owner" text not null,
  "ends_at" bigint not null,
  constraint "lease_pkey" PRIMARY KEY (name)
);
create table "local_authority" (
  "id" bigint not null,
  "certificate" text not null,
  "private_key" text not null,
  constraint "local_authority_pkey" PRIMARY KEY (id)
);
create table "log_checkpoint" (
  "number" bigint not null,
  "origin" text not null,
  "size" bigint not null,
  "root" text not null,
  "note" text not null,
  "signed_at" bigint not null,
  constraint "log_checkpoint_pkey" PRIMARY KEY (number)
);
create table "log_key" (
  "origin" text not null,
  "private_key" text not null,
  "created_at" bigint not null,
  constraint "log_key_pkey" PRIMARY KEY (origin)
);
create table "log_leaf" (
  "position" bigint not null,
  "entry" text not null,
  "hash" text not null,
  constraint "log_leaf_entry" UNIQUE (entry),
  constraint "log_leaf_pkey" PRIMARY KEY ("position")
);
create table "log_node" (
  "level" bigint not null,
  "position" bigint not null,
  "hash" text not null,
  constraint "log_node_pk" PRIMARY KEY (level, "position")
);
create table "log_pending" (
  "entry" text not null,
  constraint "log_pending_pkey" PRIMARY KEY (entry)
);
create table "operation" (
  "id" text not null,
  "name" text not null,
  "actor" text not null,
  "began_at" text not null,
  "ended_at" text,
  "of" text,
  "failed" bigint not null,
  "what" text not null,
  "from" text,
  "before" text,
  "after" text,
  constraint "operation_pkey" PRIMARY KEY (id)
);
create table "operator" (
  "username" text not null,
  "role" text not null,
  "cinema_codes" text not null,
  "password_hash" text not null,
  "one_time_until" text,
  "created_at" text not null,
  "disabled_at" text,
  constraint "operator_pkey" PRIMARY KEY (username)
);
create table "operator_challenge" (
  "owner" text not null,
  "challenge" text not null,
  "made_at" bigint not null,
  constraint "operator_challenge_pkey" PRIMARY KEY (owner)
);
create table "operator_login_step" (
  "token_hash" text not null,
  "username" text not null,
  "began_at" bigint not null,
  "address" text,
  constraint "operator_login_step_pkey" PRIMARY KEY (token_hash)
);
create table "operator_passkey" (
  "id" text not null,
  "username" text not null,
  "name" text not null,
  "rp_id" text not null,
  "public_key" text not null,
  "counter" bigint not null,
  "transports" text not null,
  "added_at" text not null,
  "used_at" text,
  constraint "operator_passkey_pkey" PRIMARY KEY (id)
);
create table "operator_recovery_code" (
  "code_hash" text not null,
  "username" text not null,
  constraint "operator_recovery_code_pkey" PRIMARY KEY (code_hash)
);
create table "operator_session" (
  "token_hash" text not null,
  "username" text not null,
  "address" text not null,
  "began_at" bigint not null,
  "seen_at" bigint not null,
  constraint "operator_session_pkey" PRIMARY KEY (token_hash)
);
create table "operator_totp" (
  "username" text not null,
  "secret" text not null,
  "last_step" bigint not null,
  "set_up_at" text not null,
  constraint "operator_totp_pkey" PRIMARY KEY (username)
);
create table "operator_try" (
  "id" text not null,
  "username" text not null,
  "what" text not null,
  "at" bigint not null,
  constraint "operator_try_pkey" PRIMARY KEY (id)
);
create table "outbox" (
  "record_id" text not null,
  "cinema_code" text not null,
  "check_time" text not null,
  "incomplete" bigint not null,
  "revision" bigint not null,
  "attempts" bigint not null,
  "parked_at" text,
  "next_attempt_at" text,
  "error_code" text,
  "error_message" text,
  "start_time" text default ''::text not null,
  "identity" text not null,
  "sent_at" text,
  constraint "outbox_pk" PRIMARY KEY (record_id, identity, cinema_code)
);
create table "public_key" (
  "fingerprint" text not null,
  "cinema_code" text not null,
  "start_time" text not null,
  "spki" text not null,
  constraint "public_key_pkey" PRIMARY KEY (fingerprint)
);
create table "purged_count" (
  "kind" text not null,
  "count" bigint not null,
  constraint "purged_count_pkey" PRIMARY KEY (kind)
);
create table "quarantine_review" (
  "cinema_code" text not null,
  "revision" bigint not null,
  "reviewed_to" text,
  "leased_until" bigint not null,
  constraint "quarantine_review_pkey" PRIMARY KEY (cinema_code)
);
create table "record_id_secret" (
  "id" bigint not null,
  "secret" text not null,
  "unkeyed_until" text,
  constraint "record_id_secret_id_check" CHECK ((id = 1)),
  constraint "record_id_secret_pkey" PRIMARY KEY (id)
);
create table "refund" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "refund_time" text not null,
  constraint "refund_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code)
);
create table "reversal" (
  "reverses" text not null,
  "identity" text not null,
  "cinema_code" text not null,
  "account" text not null,
  "record_id" text not null,
  "film_ticket_code" text not null,
  "start_time" text not null,
  "check_time" text not null,
  "reversed_at" text not null,
  "received_at" text not null,
  "delivered_at" text,
  "error_code" text,
  "revision" bigint default 0 not null,
  constraint "reversal_pk" PRIMARY KEY (reverses, identity, cinema_code, account)
);
create table "screen" (
  "cinema_code" text not null,
  "screen_code" text not null,
  "screen_name" text not null,
  "written_at" text default ''::text not null,
  constraint "screen_pk" PRIMARY KEY (cinema_code, screen_code)
);
create table "store_generation" (
  "id" bigint not null,
  "generation" text not null,
  "replaced" text,
  "renewed_at" text,
  "server_system" text,
  "server_timeline" text,
  "server_synchronous" bigint,
  constraint "store_generation_id_check" CHECK ((id = 1)),
  constraint "store_generation_pkey" PRIMARY KEY (id)
);
create table "ticket" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "screen_code" text not null,
  "film_code" text not null,
  "session_code" text not null,
  "ticket_type" text not null,
  "sell_time" text,
  "row_num" bigint not null,
  "column_num" bigint not null,
  "price" bigint not null,
  "service" bigint not null,
  "cinema_name" text not null,
  "screen_name" text not null,
  "film_name" text not null,
  "written_at" text default ''::text not null,
  constraint "ticket_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code)
);
create table "told_day" (
  "business_date" text not null,
  "cinema_code" text not null,
  "username" text not null,
  "counted_at" text not null,
  "told_at" text not null,
  "entries" bigint not null,
  "delivered" bigint not null,
  "hours" text,
  "overrides" bigint not null,
  "undone" bigint not null,
  "compared_at" text,
  constraint "told_day_pk" PRIMARY KEY (business_date, cinema_code, username)
);
create table "told_difference" (
  "username" text not null,
  "business_date" text not null,
  "cinema_code" text not null,
  "counted_at" text not null,
  "place" bigint not null,
  "kind" text not null,
  "record_id" text not null,
  "film_ticket_code" text not null,
  "start_time" text not null,
  "check_time" text not null,
  "error_code" text,
  "elements" text not null,
  constraint "told_difference_pk" PRIMARY KEY (username, business_date, cinema_code, counted_at, place)
);
create table "upstream_generation" (
  "generation" text not null,
  "url" text not null,
  "replaces" text not null,
  "noted_at" text not null,
  constraint "upstream_generation_pk" PRIMARY KEY (generation)
);
CREATE UNIQUE INDEX account_replaces ON public.account USING btree (replaces);
CREATE UNIQUE INDEX api_token_by_hash ON public.api_token USING btree (token_hash);
CREATE INDEX change_cinema_session ON public.change USING btree (cinema_code, start_time, "position", film_ticket_code, kind);
CREATE INDEX change_session ON public.change USING btree (start_time, "position");
CREATE INDEX check_record_cinema ON public.check_record USING btree (cinema_code, check_time);
CREATE INDEX check_record_day ON public.check_record USING btree (check_time, cinema_code, start_time, account, gate, quarantine, ticket_type, overridden_verdict, offline);
CREATE INDEX check_record_entries ON public.check_record USING btree (start_time, cinema_code, film_ticket_code, check_time) WHERE (quarantine IS NULL);
CREATE INDEX check_record_incomplete ON public.check_record USING btree (received_at, record_id, identity) WHERE ((ticket_type IS NULL) AND (quarantine IS NULL));
CREATE INDEX check_record_quarantine ON public.check_record USING btree (cinema_code, record_id) WHERE (quarantine IS NOT NULL);
CREATE INDEX check_record_quarantine_account ON public.check_record USING btree (account) WHERE (quarantine IS NOT NULL);
CREATE INDEX film_named_by ON public.film USING btree (named_by) WHERE (named_by <> ''::text);
CREATE INDEX import_request_datetime ON public.import_request USING btree (datetime);
CREATE INDEX intake_count_source ON public.intake_count USING btree (source, last_at);
CREATE INDEX operation_by_actor ON public.operation USING btree (actor, began_at, id);
CREATE INDEX operation_by_time ON public.operation USING btree (began_at, id);
CREATE INDEX operator_login_step_of_operator ON public.operator_login_step USING btree (username);
CREATE INDEX operator_passkey_of_operator ON public.operator_passkey USING btree (username);
CREATE INDEX operator_recovery_code_of_operator ON public.operator_recovery_code USING btree (username);
CREATE INDEX operator_session_of_operator ON public.operator_session USING btree (username, began_at);
CREATE INDEX operator_try_of_operator ON public.operator_try USING btree (username, at);
CREATE INDEX outbox_check_time ON public.outbox USING btree (check_time, cinema_code);
CREATE INDEX outbox_incomplete ON public.outbox USING btree (record_id, identity) WHERE (incomplete = 1);
CREATE INDEX outbox_parked ON public.outbox USING btree (cinema_code, next_attempt_at, record_id) WHERE (parked_at IS NOT NULL);
CREATE INDEX outbox_waiting ON public.outbox USING btree (cinema_code, incomplete, check_time, record_id) WHERE (parked_at IS NULL);
CREATE INDEX public_key_cinema ON public.public_key USING btree (cinema_code, start_time);
CREATE INDEX reversal_check_time ON public.reversal USING btree (check_time, cinema_code);
CREATE INDEX reversal_ticket ON public.reversal USING btree (start_time, cinema_code, film_ticket_code);
CREATE INDEX reversal_waiting ON public.reversal USING btree (record_id) WHERE ((delivered_at IS NULL) AND (error_code IS NULL));
CREATE INDEX told_difference_check_time ON public.told_difference USING btree (username, business_date, cinema_code, counted_at, check_time, place);
CREATE OR REPLACE FUNCTION public.log_operation_rows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin insert into log_pending (entry) select "id" from added; return null; end$function$
;
CREATE OR REPLACE FUNCTION public.note_refund_rows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        insert into change_pending (start_time, cinema_code, film_ticket_code, subject, kind)
        select start_time, cinema_code, film_ticket_code, 'refund', 'refunded' from added order by 1, 2, 3
        on conflict do nothing;
        return null;
      end$function$
;
CREATE OR REPLACE FUNCTION public.refuse_log_checkpoint_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin raise exception 'log_checkpoint is only ever added to'; end$function$
;
CREATE OR REPLACE FUNCTION public.refuse_log_key_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin raise exception 'log_key is only ever added to'; end$function$
;
CREATE OR REPLACE FUNCTION public.refuse_log_leaf_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin raise exception 'log_leaf is only ever added to'; end$function$
;
CREATE OR REPLACE FUNCTION public.refuse_log_node_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin raise exception 'log_node is only ever added to'; end$function$
;
CREATE OR REPLACE FUNCTION public.refuse_operation_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin raise exception 'operation is only ever added to'; end$function$
;
CREATE TRIGGER log_checkpoint_no_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.log_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_checkpoint_change();
CREATE TRIGGER log_key_no_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.log_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_key_change();
CREATE TRIGGER log_leaf_no_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.log_leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_leaf_change();
CREATE TRIGGER log_node_no_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.log_node FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_node_change();
CREATE TRIGGER operation_is_logged AFTER INSERT ON public.operation REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION log_operation_rows();
CREATE TRIGGER operation_no_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.operation FOR EACH STATEMENT EXECUTE FUNCTION refuse_operation_change();
CREATE TRIGGER refund_is_change AFTER INSERT ON public.refund REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_refund_rows();
insert into "account" ("username", "role", "cinema_codes", "created_at", "expires_at", "revoked_at", "replaces") values ('box-office', 'data-source', 'all', '2026-11-24T20:00:00', null, null, null);
insert into "account" ("username", "role", "cinema_codes", "created_at", "expires_at", "revoked_at", "replaces") values ('terminal-1', 'platform', '["31012345"]', '2026-11-24T20:00:00', null, null, 'terminal-2');
insert into "account" ("username", "role", "cinema_codes", "created_at", "expires_at", "revoked_at", "replaces") values ('terminal-2', 'platform', 'all', '2026-11-24T20:00:00', '2027-01-01T00:00:00', '2026-11-24T20:00:00', null);
insert into "account_key" ("username", "slot", "public_key", "added_at", "algorithm") values ('box-office', '1', 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArtEtof2lCOdI4H+9ZB6jCYJ63B9/HD6uEu9fW9gISPHMASdYGC1/+FOqbspihi8x5ML7PFt1v1YVD+7fXnsoYZfwcBxnepD7BGmawjkdkgGQDRsbXn9D6Sb9nGdFM7FABJPKLM0GCvEvf+jz6xpzD7O6r4ZXNxWJrV8soXU84TbrFBZQ+BBn1DtZkuezf11H0TUow316v/JZtK2utnJBLfGpdQRVAvAQZlrhgpt6TOYVmxN1mrJltetP8OP7THL4Ogy1xbbb5u001GtE3fRsPoLbLS6cn8+eNdNSvIe3up0SwKo92Ub1bf+Fwi2BZZ9szOtpJTwhW8YX1iG4KibY9wIDAQAB', '2026-11-24T20:00:00', 'rsa-md5');
insert into "account_key" ("username", "slot", "public_key", "added_at", "algorithm") values ('terminal-1', '1', 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApL0Tqf7NUmxkEgG141styBy8Dh7nB7BY8M3ULUZ+Ki5gHmUu/rQVOw+1Z4dVh9Ae8gP4MU20+4Kv5+u+XrcZ1mLJlJuo9G6WtBpwTp7KLEIsH2I8ZEl0a3wp/frVriwDFpgZgNNB8X+tVejpRzlvse/euaNRwuu52Sd6akXh0fkf8rUOvhQtpu/HsADMvK+10vGGPyZGDtpSFM81UqJITUtKvo/C4h795qgbWCFN8+liwSDIF9QLd0Zy8ZFtbCrDm6yO+QigwLr+NnEpszuaUZEHnkYc2JUuiDaHn/zusLe55rG/XXsGaIwwo7OARwt4a/6jXMJhECZo0kQ1xqEOnwIDAQAB', '2026-11-24T20:00:00', 'rsa-md5');
insert into "account_key" ("username", "slot", "public_key", "added_at", "algorithm") values ('terminal-2', '1', 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAveLSvNOevnJXZsbpuYgZ3X2FV1G2HWR0zzMB9CuO4f20mfBssNKmd9hJJ0UZBMHdiPj36pb5LXKUfaMNxzYokoZdOMJW7wBK6GIuvF2izSCpS3965+MXXX71cfy3q3e8tpfjG9WxGagiASBSBkeWVVE/Q8QCBEaKGTYv8DHA90DoLH4tOsU0hxlaCbAPs5IfGsY/7m3OJBdfOE5kxizEy2zlna5H1DDG6WhnZRUauMg6ZYBFmIz45b7vYNumb5SQxI3LSgXqCfVzfP247flTs0Gs5G92wfHu1TcjlMJCz0iknkaWDdU4O9BW4rCdGtNJvaVjV3BpvJo8zlz7rrY4eQIDAQAB', '2026-11-24T20:00:00', 'rsa-md5');
insert into "account_store" ("username", "store_id", "seen_at") values ('terminal-1', '7f3d0c1a-2b4e-4d6f-8a90-1b2c3d4e5f60', '1795521600000');
insert into "api_token" ("name", "token_hash", "permissions", "cinema_codes", "created_at", "ends_at", "used_at", "revoked_at") values ('report-reader', 'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', 'claims.read', 'all', '2026-11-26T15:00:00', '2027-11-26', null, null);
insert into "change" ("position", "start_time", "cinema_code", "film_ticket_code", "kind") values ('1', '2026-11-24T19:30:00', '31012345', '7777777777777771', 'refunded');
insert into "change_head" ("id", "position") values ('1', '1');
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15', '31012345', '7777777777777771', '2026-11-24T19:30:00', '31012345FtxRIPG2f7OUqW+amKwORnA10MS4pHLusCGPCBnMroWHxThJ+9sZsMREBIzHclymdsqIK2HDksJAGODensz1PlSwdk/e5sOYdGZkruslhL0ZsoruLFs1Sg0kvvFZg92DV5FwbZNor777KTEe/kGIR2JBW8chMYbffDkoEb0+D68=', '2026-11-24T19:00:01', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'gate-1', '2026-11-24T19:00:01', null, '', '8e62c685ce7b99d60345a42692fc30da', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a10a2d81feb', '31012345', '7777777777777772', '2026-11-24T19:30:00', '31012345TBua6x9t0JruebxDBdGh2vgrAprIgdbmPeG314pzNicUeKLiZ7fJ6fLPtWl7uC0CfsgyVHFmrfDgUeweBzDLNUc5i7qk5NZe8vSpSOYkO6CQpuW3QEJguGcJw7iT1FRBrUAAW2kDM3RPi2GdEkCM6PdVMiFkBoJjN1cAgUP9At4=', '2026-11-24T19:00:02', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'gate-1', '2026-11-24T19:00:02', null, '', 'dae3080f218efad46692cae7eb896393', 'gate-1', null, '1', '431', '3');
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a11e4451baf', '31012345', '7777777777777773', '2026-11-24T19:30:00', '31012345KBr1PyfeX1zfo3R8Sw8sNtpKxUmcGjm7hLfZGePc9gBrJ4JfqaJXneL/mSiwYefywgYQncaoTJEvNsb/LUrHSJXxWOvHJICHIRAHRHOojT6xPDI41gWR8e2fTqAm95UJH1E4YqaN+OBEXlA/Rxv2N8FGq2msKrRtO4BwrJ8w4SA=', '2026-11-24T19:00:03', '0003000000000000', '', '001102582026', '', 'S170000000000000', null, '0', '0', '4500', '300', 'gate-1', '2026-11-24T19:00:03', null, '', '7da26d3cf56fb0e944538e437c853c87', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a12bdca441e', '31012345', '7777777777777774', '2026-11-24T19:30:00', '31012345YlbEYvI8NsnnA5vJOlTQNM4nqsbvFAdd+VpoDv0PoR97gbVfxwy0xTQ4lkWj4HZf/1knhZIHtvPmLs6o8jmrr1zq5V86WugPPWHo6wvEL8V2aBnoWsIRZz3uojqx4tjbqiI14yCCSIpTyR53I6cAA2SLeYQkBACtySGqDXmUiE4=', '2026-11-24T19:00:04', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'gate-1', '2026-11-24T19:00:04', 'CODE_NOT_GENUINE', '', '61c3fb5e22f9dbd8f255cb1b67491614', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a136e31e74d', '31012345', '7777777777777775', '2026-11-24T19:30:00', '31012345IbMFncVM7B142oOq2HqIsr/0ZMY5d4CaY1sqcFDbwq6KQ6eCaYL9brm3cjKq8rsjEPCKxhPM/mSRYkisUaYMN3izWsXAbgppFX7L1EyCKFyZFsNEdPVSrVdfWL9jgZmQR7bDr3WVDezGK151J7xWNY6eF9M9ZPRQR//Z+beZsqc=', '2026-11-24T19:00:05', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'gate-1', '2026-11-24T19:00:05', null, '', 'ac6af7347291ae162f729bda17f1c5ce', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a2125c-cb68-849e-9079-5e0023682f2a', '31012346', '8888888888888881', '2026-11-25T19:30:00', '31012345FtxRIPG2f7OUqW+amKwORnA10MS4pHLusCGPCBnMroWHxThJ+9sZsMREBIzHclymdsqIK2HDksJAGODensz1PlSwdk/e5sOYdGZkruslhL0ZsoruLFs1Sg0kvvFZg92DV5FwbZNor777KTEe/kGIR2JBW8chMYbffDkoEb0+D68=', '2026-11-25T19:00:01', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'terminal-1', '2026-11-25T19:00:02', null, '', '0d445d28b7249a7e118901f2f748ba37', '', 'REFUNDED', null, null, null);
insert into "cinema" ("cinema_code", "cinema_name", "written_at") values ('31012345', '示例影城', '');
insert into "film" ("film_code", "film_name", "written_at", "named_by") values ('001102582026', '流浪地球', '', '');
insert into "intake_count" ("business_date", "source", "kind", "imported", "unchanged", "last_at", "refused", "last_refused_at", "error_code") values ('2026-11-24', 'source-1', 'tickets', '3', '1', '2026-11-24T19:30:00', '1', '2026-11-24T19:31:00', 'INVALID_PRICE');
insert into "kysely_migration" ("name", "timestamp") values ('0000-store-generation', '2026-11-24T16:51:03.995Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-accounts', '2026-11-24T16:51:03.997Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-check-records', '2026-11-24T16:51:04.004Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-cinemas', '2026-11-24T16:51:04.007Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-public-keys', '2026-11-24T16:51:04.009Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-tickets', '2026-11-24T16:51:04.012Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-account-keys', '2026-11-25T20:21:07.499Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-account-stores', '2026-11-25T01:18:53.280Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-cinema-activity', '2026-11-25T20:21:07.501Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-entries-in-order', '2026-11-25T20:21:07.503Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-import-requests', '2026-11-25T20:21:07.508Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-names-written-at', '2026-11-25T20:21:07.510Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-operations', '2026-11-25T20:21:07.495Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-outbox-start-times', '2026-11-25T01:18:53.285Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-quarantine-by-source', '2026-11-25T20:21:07.512Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-quarantine-reviews', '2026-11-25T20:21:07.515Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-record-identities', '2026-11-25T20:21:07.523Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-records-recently-incomplete', '2026-11-25T20:21:07.536Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-replaced-generation', '2026-11-25T01:18:53.281Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-replaced-generation-renewed', '2026-11-25T01:18:53.284Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-server-of-generation', '2026-11-25T20:21:07.505Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-sources-of-films', '2026-11-25T20:21:07.524Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-tickets-written-at', '2026-11-25T20:21:07.525Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-lives', '2026-11-25T01:18:53.283Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-lives-by-id', '2026-11-25T20:21:07.529Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-accounts-that-replace-others', '2026-11-26T15:41:50.102Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-api-tokens', '2026-11-26T07:19:56.056Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-cinemas-in-record-keys', '2026-11-26T02:20:55.802Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-intake-counts', '2026-11-26T13:47:34.213Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-leases', '2026-11-25T20:21:07.531Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-local-authority', '2026-11-25T20:21:07.533Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-by-actor', '2026-11-26T13:47:34.215Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-from-where', '2026-11-26T07:19:56.057Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-not-replaced', '2026-11-26T02:20:55.784Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operator-tries', '2026-11-26T10:23:51.990Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operators', '2026-11-26T07:19:56.060Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-passkeys', '2026-11-26T07:19:56.063Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-purged-counts', '2026-11-26T07:19:56.065Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-by-account-and-gate', '2026-11-25T20:21:07.539Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-overridden', '2026-11-26T17:17:33.456Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-reversals', '2026-11-26T10:23:51.993Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-second-factors', '2026-11-26T07:19:56.077Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-second-factors-from-where', '2026-11-26T10:23:51.994Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-signature-algorithm-of-account-keys', '2026-11-25T20:21:07.540Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-transparency-log', '2026-11-26T07:19:56.095Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-transparency-log-of-operations', '2026-11-26T07:19:56.097Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-upstream-generations', '2026-11-26T07:19:56.105Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-intake-counts-by-source', '2026-11-26T16:27:35.031Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-records-by-cinema', '2026-11-26T16:27:35.036Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-times-of-delivery', '2026-11-26T20:37:08.411Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes', '2026-11-26T20:37:08.420Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes-of-refunds', '2026-11-26T20:37:08.425Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes-read-by-cinema', '2026-11-26T20:37:08.428Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-when-records-were-sent', '2026-11-27T02:04:45.696Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-wider-index-of-a-day', '2026-11-27T02:04:45.701Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-offline-admissions', '2026-11-27T06:03:34.629Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-times-of-sending', '2026-11-27T06:03:34.630Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-told-days', '2026-11-27T06:03:34.633Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-times-at-the-door', '2026-11-27T07:43:28.406Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-times-refused', '2026-11-27T07:52:31.415Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-told-differences', '2026-11-27T08:20:27.235Z');
insert into "kysely_migration_lock" ("id", "is_locked") values ('migration_lock', 0);
insert into "log_checkpoint" ("number", "origin", "size", "root", "note", "signed_at") values ('0', 'ticket-check/audit/b8e4cede-116c-42fd-8145-ad0fa644cde2', '1', 'CZNr68z2529acAWZ5uuNgfWquugqY+XZfWspKRCEetU=', 'ticket-check/audit/b8e4cede-116c-42fd-8145-ad0fa644cde2
1
CZNr68z2529acAWZ5uuNgfWquugqY+XZfWspKRCEetU=

— ticket-check/audit/b8e4cede-116c-42fd-8145-ad0fa644cde2 3lZOMB4o1oH4knLlOhF5xzCmeOQFooE+zPlWetaaGcMIunn0ydybI3jToeB+6AvcyZZvq7fpiwNDDtDdXeE+vexB8gU=
', '1795677596128');
insert into "log_key" ("origin", "private_key", "created_at") values ('ticket-check/audit/b8e4cede-116c-42fd-8145-ad0fa644cde2', '-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIDjxJpgXVAAl/wDk3ChoH2YJ9sxF+g2vB1GJyAASIwUB
-----END PRIVATE KEY-----
', '1795677596121');
insert into "log_leaf" ("position", "entry", "hash") values ('0', '01a216b9-a9d6-7ba3-bf13-9621ff6bd60a', 'CZNr68z2529acAWZ5uuNgfWquugqY+XZfWspKRCEetU=');
insert into "operation" ("id", "name", "actor", "began_at", "ended_at", "of", "failed", "what", "from", "before", "after") values ('01a216b9-a9d6-7ba3-bf13-9621ff6bd60a', 'operator add', 'root', '2026-11-26T15:00:00', '2026-11-26T15:00:00', null, '0', '{"username":"anna"}', 'box-1', null, null);
insert into "operator" ("username", "role", "cinema_codes", "password_hash", "one_time_until", "created_at", "disabled_at") values ('anna', 'administrator', 'all', '$argon2id$v=19$m=32768,t=3,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g', null, '2026-11-26T15:00:00', null);
insert into "operator_recovery_code" ("code_hash", "username") values ('abababababababababababababababababababababababababababababababab', 'anna');
insert into "operator_session" ("token_hash", "username", "address", "began_at", "seen_at") values ('efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef', 'anna', '192.0.2.7', '1795676400000', '1795676400000');
insert into "operator_totp" ("username", "secret", "last_step", "set_up_at") values ('anna', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', '59469120', '2026-11-26T15:00:00');
insert into "operator_try" ("id", "username", "what", "at") values ('019389f2-7c00-7abc-8def-000000000001', 'anna', 'password', '1795000000000');
insert into "public_key" ("fingerprint", "cinema_code", "start_time", "spki") values ('3e94fc7e5a00ea80b60d5fdfca8a16fd9bc4bc38df1de7c5fcae36a93686aced', '31012345', '2026-01-01T00:00:00', 'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCriatn6ZiJyTvhDvCHS2WA+jWHKHmY20SAHPgYjS6YrYEE7qqh6ltk+bMTv/g3HkEf8DH/nc/Gpk2FIw//XU8Hol+/QMvK78N+2IqnEzdOqGVwU7LzmgjeNDvYpBr+XNp9FQi0SN+9EjwEAVSdQSMvrr9z7xi8HVNdfvNDdgiETwIDAQAB');
insert into "quarantine_review" ("cinema_code", "revision", "reviewed_to", "leased_until") values ('31012345', '1', null, '0');
insert into "record_id_secret" ("id", "secret", "unkeyed_until") values ('1', '51ae674d1b69f56c82cf35deed0f2f631ccdc863fc1b10ffd0d72f97dee736e3', '2026-11-25T19:00:01');
insert into "refund" ("start_time", "cinema_code", "film_ticket_code", "refund_time") values ('2026-11-24T19:30:00', '31012345', '7777777777777772', '2026-11-24T12:00:00');
insert into "reversal" ("reverses", "identity", "cinema_code", "account", "record_id", "film_ticket_code", "start_time", "check_time", "reversed_at", "received_at", "delivered_at", "error_code", "revision") values ('019389f2-7c00-7abc-8def-0123456789f1', '', '31012345', '', '019389f2-7c00-7abc-8def-0123456789f2', '7777777777777799', '2026-11-24T19:30:00', '2026-11-24T19:20:00', '2026-11-24T19:25:00', '2026-11-24T19:25:00', '2026-11-24T19:25:01', null, '0');
insert into "screen" ("cinema_code", "screen_code", "screen_name", "written_at") values ('31012345', '0003000000000000', '3号厅', '');
insert into "store_generation" ("id", "generation", "replaced", "renewed_at", "server_system", "server_timeline", "server_synchronous") values ('1', 'b8e4cede-116c-42fd-8145-ad0fa644cde2', '419693b7-9e2a-493b-a594-e863f283c70d', '2026-11-25T04:00:00', null, null, null);
insert into "ticket" ("start_time", "cinema_code", "film_ticket_code", "screen_code", "film_code", "session_code", "ticket_type", "sell_time", "row_num", "column_num", "price", "service", "cinema_name", "screen_name", "film_name", "written_at") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', '0003000000000000', '001102582026', 'S170000000000000', '网络售票', null, '7', '12', '4500', '300', '', '', '', '');
insert into "ticket" ("start_time", "cinema_code", "film_ticket_code", "screen_code", "film_code", "session_code", "ticket_type", "sell_time", "row_num", "column_num", "price", "service", "cinema_name", "screen_name", "film_name", "written_at") values ('2026-11-24T19:30:00', '31012345', '7777777777777772', '0003000000000000', '001102582026', 'S170000000000000', '网络售票', null, '7', '12', '4500', '300', '', '', '', '');
insert into "told_day" ("business_date", "cinema_code", "username", "counted_at", "told_at", "entries", "delivered", "hours", "overrides", "undone", "compared_at") values ('2026-11-24', '31012345', 'terminal-1', '2026-11-25T06:10:00', '2026-11-25T06:10:01', '4', '3', '[]', '1', '1', '2026-11-25T06:10:00');
insert into "told_difference" ("username", "business_date", "cinema_code", "counted_at", "place", "kind", "record_id", "film_ticket_code", "start_time", "check_time", "error_code", "elements") values ('terminal-1', '2026-11-24', '31012345', '2026-11-25T06:10:00', '0', 'refused-upstream', '019ab000-0000-8000-8000-000000000000', '7777777777777772', '2026-11-24T19:30:00', '2026-11-24T19:10:00', 'INVALID_PRICE', '["Price"]');

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
create table "cached_key" (
  "cinema_code" text not null,
  "fingerprint" text not null,
  "start_time" text not null,
  "spki" text not null,
  "current" bigint not null,
  constraint "cached_key_pk" PRIMARY KEY (cinema_code, start_time, fingerprint)
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
create table "e_ticket" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "serial" bigint not null,
  "token_hash" text not null,
  "ticket_info_code" text not null,
  "account" text not null,
  "created_at" text not null,
  "revoked_at" text,
  "info" text,
  "refunded" bigint not null,
  "entered_above" bigint not null,
  "answered_at" bigint,
  "asked_at" bigint not null,
  constraint "e_ticket_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code)
);
create table "e_ticket_key" (
  "key_id" text not null,
  "private_key" text not null,
  "valid_from" bigint not null,
  "signs_until" bigint not null,
  "revoked_at" bigint,
  constraint "e_ticket_key_pkey" PRIMARY KEY (key_id)
);
create table "e_ticket_secret" (
  "name" text not null,
  "secret" text not null,
  constraint "e_ticket_secret_pkey" PRIMARY KEY (name)
);
create table "enrolment" (
  "code_hash" text not null,
  "username" text not null,
  "cinema_codes" text not null,
  "created_by" text not null,
  "expires_at" bigint not null,
  "used_by" text,
  constraint "enrolment_pk" PRIMARY KEY (code_hash)
);
create table "finding" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "kind" text not null,
  "found_at" text,
  "refunded_at" text,
  "noted_at" text,
  constraint "finding_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code, kind)
);
create table "finding_note" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "kind" text not null,
  "nth" bigint not null,
  "outcome" text not null,
  "operator" text not null,
  "noted_at" text not null,
  constraint "finding_note_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code, kind, nth)
);
create table "followed_changes" (
  "id" bigint not null,
  "cursor" text not null,
  "as_of" text,
  "heard_at" bigint not null,
  constraint "followed_changes_pkey" PRIMARY KEY (id)
);
create table "key_fetch" (
  "cinema_code" text not null,
  "fetched_at" bigint,
  "attempted_at" bigint not null,
  "failure" text,
  "alarm" text,
  constraint "key_fetch_pkey" PRIMARY KEY (cinema_code)
);
create table "key_question" (
  "username" text not null,
  "cinema_code" text not null,
  "asked_at" bigint not null,
  constraint "key_question_pk" PRIMARY KEY (username, cinema_code)
);
create table "key_refresh" (
  "cinema_code" text not null,
  "full_at" bigint not null,
  "taken_at" bigint not null,
  constraint "key_refresh_pkey" PRIMARY KEY (cinema_code)
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
create table "pending_key" (
  "id" bigint not null,
  "private_key" text not null,
  constraint "pending_key_pkey" PRIMARY KEY (id)
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
create table "released_claim" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "record_id" text not null,
  "account" text not null,
  "released_at" text not null,
  "uncertain" bigint not null,
  constraint "released_claim_by_account_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code, record_id, account)
);
create table "restore_moment" (
  "generation" text not null,
  "served_at" text not null,
  "restored_at" text not null,
  "measured" bigint not null,
  constraint "restore_moment_pkey" PRIMARY KEY (generation)
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
create table "served_cinema" (
  "cinema_code" text not null,
  constraint "served_cinema_pkey" PRIMARY KEY (cinema_code)
);
create table "shared_cinema" (
  "cinema_code" text not null,
  "shared" bigint not null,
  constraint "shared_cinema_pkey" PRIMARY KEY (cinema_code)
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
create table "terminal_scans" (
  "account" text not null,
  "store_id" text not null,
  "step" text not null,
  "counts" text not null,
  "total" bigint not null,
  constraint "terminal_scans_pk" PRIMARY KEY (account, store_id, step)
);
create table "terminal_state" (
  "account" text not null,
  "store_id" text not null,
  "heard_at" bigint not null,
  "state" text not null,
  "waiting_since" bigint,
  "ending" bigint not null,
  "tells_scans" bigint default 0 not null,
  constraint "terminal_state_pk" PRIMARY KEY (account, store_id)
);
create table "ticket_claim" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "record_id" text not null,
  "check_time" text not null,
  "gate" text not null,
  "account" text not null,
  "claimed_at" text not null,
  "recorded" bigint not null,
  constraint "ticket_claim_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code)
);
create table "ticket_pick_up" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "picked_up_at" text not null,
  "account" text not null,
  constraint "ticket_pick_up_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code)
);
create table "ticket_refund" (
  "start_time" text not null,
  "cinema_code" text not null,
  "film_ticket_code" text not null,
  "refunded_at" text,
  "known_at" text not null,
  constraint "ticket_refund_pk" PRIMARY KEY (start_time, cinema_code, film_ticket_code)
);
create table "told_upstream" (
  "business_date" text not null,
  "cinema_code" text not null,
  "generation" text not null,
  "entries" bigint not null,
  "delivered" bigint not null,
  "compared_on" text,
  "failures" bigint default 0 not null,
  "retry_at" text,
  constraint "told_upstream_pk" PRIMARY KEY (business_date, cinema_code)
);
create table "upstream" (
  "id" bigint not null,
  "url" text not null,
  "username" text not null,
  "private_key" text not null,
  "ca" text,
  "cinema_codes" text not null,
  "payload_form" text not null,
  "price_form" text not null,
  "extensions" text not null,
  "generation" text,
  "algorithm" text default 'rsa-md5'::text not null,
  constraint "upstream_pkey" PRIMARY KEY (id)
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
CREATE INDEX e_ticket_token ON public.e_ticket USING btree (token_hash);
CREATE INDEX finding_noted ON public.finding USING btree (noted_at, start_time, cinema_code, film_ticket_code, kind) WHERE (noted_at IS NOT NULL);
CREATE INDEX finding_open ON public.finding USING btree (found_at, start_time, cinema_code, film_ticket_code, kind) WHERE ((noted_at IS NULL) AND (found_at IS NOT NULL));
CREATE INDEX key_question_age ON public.key_question USING btree (asked_at);
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
CREATE INDEX released_claim_of_account ON public.released_claim USING btree (account, start_time);
CREATE INDEX released_claim_uncertain ON public.released_claim USING btree (start_time, cinema_code, film_ticket_code) WHERE (uncertain = 1);
CREATE INDEX reversal_check_time ON public.reversal USING btree (check_time, cinema_code);
CREATE INDEX reversal_ticket ON public.reversal USING btree (start_time, cinema_code, film_ticket_code);
CREATE INDEX reversal_waiting ON public.reversal USING btree (record_id) WHERE ((delivered_at IS NULL) AND (error_code IS NULL));
CREATE INDEX terminal_scans_step ON public.terminal_scans USING btree (step);
CREATE INDEX ticket_claim_open ON public.ticket_claim USING btree (claimed_at, record_id, account) WHERE (recorded = 0);
CREATE OR REPLACE FUNCTION public.log_operation_rows()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$begin insert into log_pending (entry) select "id" from added; return null; end$function$
;
CREATE OR REPLACE FUNCTION public.note_ticket_refund_rows()
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
CREATE TRIGGER ticket_refund_is_change AFTER INSERT ON public.ticket_refund REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_ticket_refund_rows();
insert into "account" ("username", "role", "cinema_codes", "created_at", "expires_at", "revoked_at", "replaces") values ('terminal-1', 'platform', '["31012345"]', '2026-11-24T20:00:00', null, null, 'terminal-2');
insert into "account" ("username", "role", "cinema_codes", "created_at", "expires_at", "revoked_at", "replaces") values ('terminal-2', 'platform', 'all', '2026-11-24T20:00:00', '2027-01-01T00:00:00', '2026-11-24T20:00:00', null);
insert into "account_key" ("username", "slot", "public_key", "added_at", "algorithm") values ('terminal-1', '1', 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmkMN9ZDoPDc+BuOwYPInfJ1Kn2CxMhnhmYpndzsyaT0E62sJ9iIqhHypQpaCpb5cyAZxN2Z6HDOzVjEmDR/zDAxuBMH7+2kMwq+varjz3wYkxSU4LI6sue4BQAanSWS2StKpUlFOzmp4puEwoy/nO1O3X6ciChgYB3m9KBO8VSZrYTFA6dKQa6TbTavzGY9kg2mT733ZnpspO3wft0BBeiFat2eOwSyZRfmhV7tqudeW7UtD1wrzNlxphtVXs2pHp9z7dR4oBsFyOT3jQrx5VkppQd+cCexTqO1AIE0HQK8YFnSnVYI3Nh/Eduw939vIrxbp0Ch6v5/rUdDD7Y10HQIDAQAB', '2026-11-24T20:00:00', 'rsa-md5');
insert into "account_key" ("username", "slot", "public_key", "added_at", "algorithm") values ('terminal-2', '1', 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu9M1cCPReCUVrXitVgCj6LZ59jgfGTp/QordjnS48aIcqgvyGHizrfv+hRBsUy6+XOAFfrqUrqGNo1eAM6AYjlB3toLmE2+5kFUVWF8omcre76qcWG3x/vnPIK1Glm3aLeUulbSRUZQxA84iL5sd4vVBMcVVWAGED/GIw/c4vOBE1+kemac6zUG03NX35YwRcmqA+RkJYYGie9SgKYtOapTINGpaMUGTgBM+1VhWHoTLoFdkr3DM6RvSHwcitwQctyf8W3cSPmbVO6O3l/CqdtyuB5tjpV3PuhRL5bnB5mOLN7dpPtGBEcNukA+ezaOuttuG1fvFwDGhRcohPJ3ZLwIDAQAB', '2026-11-24T20:00:00', 'rsa-md5');
insert into "account_store" ("username", "store_id", "seen_at") values ('terminal-1', '7f3d0c1a-2b4e-4d6f-8a90-1b2c3d4e5f60', '1795521600000');
insert into "api_token" ("name", "token_hash", "permissions", "cinema_codes", "created_at", "ends_at", "used_at", "revoked_at") values ('report-reader', 'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', 'claims.read', 'all', '2026-11-26T15:00:00', '2027-11-26', null, null);
insert into "cached_key" ("cinema_code", "fingerprint", "start_time", "spki", "current") values ('31012345', '3e94fc7e5a00ea80b60d5fdfca8a16fd9bc4bc38df1de7c5fcae36a93686aced', '2026-01-01T00:00:00', 'MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCriatn6ZiJyTvhDvCHS2WA+jWHKHmY20SAHPgYjS6YrYEE7qqh6ltk+bMTv/g3HkEf8DH/nc/Gpk2FIw//XU8Hol+/QMvK78N+2IqnEzdOqGVwU7LzmgjeNDvYpBr+XNp9FQi0SN+9EjwEAVSdQSMvrr9z7xi8HVNdfvNDdgiETwIDAQAB', '1');
insert into "change" ("position", "start_time", "cinema_code", "film_ticket_code", "kind") values ('1', '2026-11-24T19:30:00', '31012345', '7777777777777771', 'refunded');
insert into "change_head" ("id", "position") values ('1', '1');
insert into "change_pending" ("start_time", "cinema_code", "film_ticket_code", "subject", "kind") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', 'eticket', 'eticket-live');
insert into "change_pending" ("start_time", "cinema_code", "film_ticket_code", "subject", "kind") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', 'refund', 'refunded');
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15', '31012345', '7777777777777771', '2026-11-24T19:30:00', '31012345FtxRIPG2f7OUqW+amKwORnA10MS4pHLusCGPCBnMroWHxThJ+9sZsMREBIzHclymdsqIK2HDksJAGODensz1PlSwdk/e5sOYdGZkruslhL0ZsoruLFs1Sg0kvvFZg92DV5FwbZNor777KTEe/kGIR2JBW8chMYbffDkoEb0+D68=', '2026-11-24T19:00:01', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'gate-1', '2026-11-24T19:00:01', null, '', '8e62c685ce7b99d60345a42692fc30da', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a10a2d81feb', '31012345', '7777777777777772', '2026-11-24T19:30:00', '31012345TBua6x9t0JruebxDBdGh2vgrAprIgdbmPeG314pzNicUeKLiZ7fJ6fLPtWl7uC0CfsgyVHFmrfDgUeweBzDLNUc5i7qk5NZe8vSpSOYkO6CQpuW3QEJguGcJw7iT1FRBrUAAW2kDM3RPi2GdEkCM6PdVMiFkBoJjN1cAgUP9At4=', '2026-11-24T19:00:02', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'gate-1', '2026-11-24T19:00:02', null, '', 'dae3080f218efad46692cae7eb896393', 'gate-1', null, '1', '431', null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a11e4451baf', '31012345', '7777777777777773', '2026-11-24T19:30:00', '31012345KBr1PyfeX1zfo3R8Sw8sNtpKxUmcGjm7hLfZGePc9gBrJ4JfqaJXneL/mSiwYefywgYQncaoTJEvNsb/LUrHSJXxWOvHJICHIRAHRHOojT6xPDI41gWR8e2fTqAm95UJH1E4YqaN+OBEXlA/Rxv2N8FGq2msKrRtO4BwrJ8w4SA=', '2026-11-24T19:00:03', '0003000000000000', '', '001102582026', '', 'S170000000000000', null, '0', '0', '4500', '300', 'gate-1', '2026-11-24T19:00:03', null, '', '7da26d3cf56fb0e944538e437c853c87', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a12bdca441e', '31012345', '7777777777777774', '2026-11-24T19:30:00', '31012345YlbEYvI8NsnnA5vJOlTQNM4nqsbvFAdd+VpoDv0PoR97gbVfxwy0xTQ4lkWj4HZf/1knhZIHtvPmLs6o8jmrr1zq5V86WugPPWHo6wvEL8V2aBnoWsIRZz3uojqx4tjbqiI14yCCSIpTyR53I6cAA2SLeYQkBACtySGqDXmUiE4=', '2026-11-24T19:00:04', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'gate-1', '2026-11-24T19:00:04', 'CODE_NOT_GENUINE', '', '61c3fb5e22f9dbd8f255cb1b67491614', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a20e77-d1e5-7874-8ee2-3a136e31e74d', '31012345', '7777777777777775', '2026-11-24T19:30:00', '31012345IbMFncVM7B142oOq2HqIsr/0ZMY5d4CaY1sqcFDbwq6KQ6eCaYL9brm3cjKq8rsjEPCKxhPM/mSRYkisUaYMN3izWsXAbgppFX7L1EyCKFyZFsNEdPVSrVdfWL9jgZmQR7bDr3WVDezGK151J7xWNY6eF9M9ZPRQR//Z+beZsqc=', '2026-11-24T19:00:05', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'gate-1', '2026-11-24T19:00:05', null, '', 'ac6af7347291ae162f729bda17f1c5ce', '', null, null, null, null);
insert into "check_record" ("record_id", "cinema_code", "film_ticket_code", "start_time", "ticket_info_code", "check_time", "screen_code", "screen_name", "film_code", "film_name", "session_code", "ticket_type", "row_num", "column_num", "price", "service", "account", "received_at", "quarantine", "differences", "identity", "gate", "overridden_verdict", "offline", "decided_ms", "forwarder_seconds") values ('01a2125c-cb68-849e-9079-5e0023682f2a', '31012346', '8888888888888881', '2026-11-25T19:30:00', '31012345FtxRIPG2f7OUqW+amKwORnA10MS4pHLusCGPCBnMroWHxThJ+9sZsMREBIzHclymdsqIK2HDksJAGODensz1PlSwdk/e5sOYdGZkruslhL0ZsoruLFs1Sg0kvvFZg92DV5FwbZNor777KTEe/kGIR2JBW8chMYbffDkoEb0+D68=', '2026-11-25T19:00:01', '0003000000000000', '3号厅', '001102582026', '流浪地球', 'S170000000000000', '网络售票', '7', '12', '4500', '300', 'terminal-1', '2026-11-25T19:00:02', null, '', '0d445d28b7249a7e118901f2f748ba37', '', 'REFUNDED', null, null, null);
insert into "delivered_record" ("record_id", "identity", "cinema_code", "delivered_at", "sent_at", "refusals") values ('01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15', '8e62c685ce7b99d60345a42692fc30da', '31012345', '2026-11-24T19:30:00', '2026-11-24T19:29:58', '2');
insert into "delivery" ("delivered_on", "cinema_code", "oldest_check_time", "last_delivered_at") values ('2026-11-24', '31012345', '2026-11-24T19:00:01', '2026-11-24T19:20:00');
insert into "e_ticket" ("start_time", "cinema_code", "film_ticket_code", "serial", "token_hash", "ticket_info_code", "account", "created_at", "revoked_at", "info", "refunded", "entered_above", "answered_at", "asked_at") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', '1', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', '31012345AAAA', 'terminal-1', '2026-11-24T18:00:00', null, null, '0', '0', null, '0');
insert into "e_ticket_key" ("key_id", "private_key", "valid_from", "signs_until", "revoked_at") values ('AAAAAAAAAAA', 'none', '1795433400000', '1798025400000', '1795433500000');
insert into "enrolment" ("code_hash", "username", "cinema_codes", "created_by", "expires_at", "used_by") values ('abababababababababababababababababababababababababababababababab', 'terminal-9', '["31012345"]', 'anna', '1795000000000', null);
insert into "finding" ("start_time", "cinema_code", "film_ticket_code", "kind", "found_at", "refunded_at", "noted_at") values ('2026-11-24T19:30:00', '31012345', '7777777777777799', 'DOUBLE', '2026-11-24T19:40:00', null, '2026-11-24T20:40:00');
insert into "finding_note" ("start_time", "cinema_code", "film_ticket_code", "kind", "nth", "outcome", "operator", "noted_at") values ('2026-11-24T19:30:00', '31012345', '7777777777777799', 'DOUBLE', '1', 'spoke to both guests', 'anna', '2026-11-24T20:40:00');
insert into "followed_changes" ("id", "cursor", "as_of", "heard_at") values ('1', 'MGI4ZjJhNTI', '2026-11-24T20:30:00', '1795433400000');
insert into "key_fetch" ("cinema_code", "fetched_at", "attempted_at", "failure", "alarm") values ('31012345', '1795521540000', '1795521540000', null, null);
insert into "key_question" ("username", "cinema_code", "asked_at") values ('terminal-1', '31012345', '1795600000000');
insert into "key_refresh" ("cinema_code", "full_at", "taken_at") values ('31012345', '1795600003000', '1795600000000');
insert into "kysely_migration" ("name", "timestamp") values ('0000-store-generation', '2026-11-24T16:51:04.378Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-accounts', '2026-11-24T16:51:04.380Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-check-records', '2026-11-24T16:51:04.391Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-key-cache', '2026-11-24T16:51:04.396Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-served-cinemas', '2026-11-24T16:51:04.398Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-ticket-claims', '2026-11-25T01:18:51.575Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-24-upstream', '2026-11-24T16:51:04.400Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-account-keys', '2026-11-25T20:21:07.508Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-account-stores', '2026-11-25T01:18:51.576Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-claim-overrides', '2026-11-25T20:21:07.512Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-claim-overrides-for-good', '2026-11-25T20:21:07.514Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-entries-in-order', '2026-11-25T20:21:07.516Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-open-claims-with-source', '2026-11-25T20:21:07.521Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-operations', '2026-11-25T20:21:07.502Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-outbox-start-times', '2026-11-25T01:18:51.580Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-quarantine-by-source', '2026-11-25T20:21:07.522Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-quarantine-reviews', '2026-11-25T20:21:07.526Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-record-identities', '2026-11-25T20:21:07.535Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-records-recently-incomplete', '2026-11-25T20:21:07.576Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-released-by-account', '2026-11-25T20:21:07.543Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-releases-of-account', '2026-11-25T20:21:07.544Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-replaced-generation', '2026-11-25T01:18:51.577Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-replaced-generation-renewed', '2026-11-25T01:18:51.579Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-restore-moment', '2026-11-25T20:21:07.550Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-server-of-generation', '2026-11-25T20:21:07.518Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-shared-cinemas', '2026-11-25T20:21:07.553Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-keys', '2026-11-25T20:21:07.556Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-lives', '2026-11-25T01:18:51.578Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-25-upstream-lives-by-id', '2026-11-25T20:21:07.562Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-accounts-that-replace-others', '2026-11-26T15:41:51.757Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-api-tokens', '2026-11-26T07:20:10.960Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-cinemas-in-record-keys', '2026-11-26T02:20:55.335Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-claims-by-account', '2026-11-25T20:21:07.564Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-enrolments', '2026-11-26T10:23:44.580Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-key-questions', '2026-11-26T02:20:55.346Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-key-refreshes', '2026-11-26T02:20:55.384Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-leases', '2026-11-25T20:21:07.567Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-local-authority', '2026-11-25T20:21:07.569Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-by-actor', '2026-11-26T13:47:34.159Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-from-where', '2026-11-26T07:20:10.962Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operations-not-replaced', '2026-11-25T22:47:28.836Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operator-tries', '2026-11-26T10:23:44.585Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-operators', '2026-11-25T22:47:28.841Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-overrides-are-operations', '2026-11-25T20:21:07.571Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-passkeys', '2026-11-26T07:20:10.970Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-purged-counts', '2026-11-26T07:20:10.971Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-by-account-and-gate', '2026-11-25T20:21:07.579Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-records-overridden', '2026-11-26T17:17:28.953Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-reversals', '2026-11-26T10:23:44.596Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-second-factors', '2026-11-26T07:20:10.976Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-second-factors-from-where', '2026-11-26T10:23:44.607Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-signature-algorithm-of-account-keys', '2026-11-25T20:21:07.580Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-signature-algorithm-of-upstream', '2026-11-25T20:21:07.581Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-terminal-states', '2026-11-26T10:23:44.610Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-transparency-log', '2026-11-26T07:20:10.993Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-transparency-log-of-operations', '2026-11-26T07:20:10.995Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-upstream-generations', '2026-11-26T07:20:11.002Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-26-worklist', '2026-11-26T10:23:44.704Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-records-by-cinema', '2026-11-26T16:27:35.178Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-times-of-delivery', '2026-11-26T20:37:08.413Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes', '2026-11-26T20:37:08.421Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes-above', '2026-11-26T20:37:08.424Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-changes-read-by-cinema', '2026-11-26T20:37:08.426Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-e-tickets', '2026-11-26T20:37:08.435Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-tracked-refunds', '2026-11-26T20:37:08.444Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-when-records-were-sent', '2026-11-27T02:05:06.127Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-wider-index-of-a-day', '2026-11-27T02:05:06.144Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-offline-admissions', '2026-11-27T06:03:34.729Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-times-of-sending', '2026-11-27T06:03:34.731Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-with-told-upstream', '2026-11-27T06:03:34.734Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-terminal-scans', '2026-11-27T06:03:34.737Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-times-at-the-door', '2026-11-27T07:43:28.434Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-times-refused', '2026-11-27T07:52:31.409Z');
insert into "kysely_migration" ("name", "timestamp") values ('2026-11-27-written-told-upstream-failures', '2026-11-27T08:20:26.755Z');
insert into "kysely_migration_lock" ("id", "is_locked") values ('migration_lock', 0);
insert into "log_checkpoint" ("number", "origin", "size", "root", "note", "signed_at") values ('0', 'ticket-check/audit/eebca949-c9ed-4707-9e30-cabadbf0ec0c', '1', '21DiQuh38FXlQKAoTFOBKLycFyjcufa2/WRlewof2gg=', 'ticket-check/audit/eebca949-c9ed-4707-9e30-cabadbf0ec0c
1
21DiQuh38FXlQKAoTFOBKLycFyjcufa2/WRlewof2gg=

— ticket-check/audit/eebca949-c9ed-4707-9e30-cabadbf0ec0c EOrw+JvfR+KdNnagQXuyPGopimw2LIEz9IFZXQ/YAuNdDxAYkF8z3izejWf77xjsTlOzo0p7BFBWT6cjobilrA8ZVgg=
', '1795677611025');
insert into "log_key" ("origin", "private_key", "created_at") values ('ticket-check/audit/eebca949-c9ed-4707-9e30-cabadbf0ec0c', '-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIITWcEz3EfJUDFFhqksVIpln8Dh+Z55cfyswSh/EofoV
-----END PRIVATE KEY-----
', '1795677611018');
insert into "log_leaf" ("position", "entry", "hash") values ('0', '01a216b9-e408-74cb-bf71-c3522870d9d1', '21DiQuh38FXlQKAoTFOBKLycFyjcufa2/WRlewof2gg=');
insert into "operation" ("id", "name", "actor", "began_at", "ended_at", "of", "failed", "what", "from", "before", "after") values ('01a216b9-e408-74cb-bf71-c3522870d9d1', 'operator add', 'root', '2026-11-26T15:00:00', '2026-11-26T15:00:00', null, '0', '{"username":"berta"}', 'box-1', null, null);
insert into "operator" ("username", "role", "cinema_codes", "password_hash", "one_time_until", "created_at", "disabled_at") values ('anna', 'administrator', 'all', '$argon2id$v=19$m=32768,t=3,p=1$3q2+7wAAAAAAAAAAAAAAAA$Y2hhbmdlZCBiZWZvcmUgaXQgd2FzIGR1bXBlZCBoZXI', null, '2026-11-30T12:00:00', null);
insert into "operator" ("username", "role", "cinema_codes", "password_hash", "one_time_until", "created_at", "disabled_at") values ('berta', 'administrator', 'all', '$argon2id$v=19$m=32768,t=3,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g', null, '2026-11-26T15:00:00', null);
insert into "operator_recovery_code" ("code_hash", "username") values ('abababababababababababababababababababababababababababababababab', 'berta');
insert into "operator_session" ("token_hash", "username", "address", "began_at", "seen_at") values ('abababababababababababababababababababababababababababababababab', 'anna', '192.0.2.7', '1796011200000', '1796011260000');
insert into "operator_session" ("token_hash", "username", "address", "began_at", "seen_at") values ('efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef', 'berta', '192.0.2.7', '1795676400000', '1795676400000');
insert into "operator_totp" ("username", "secret", "last_step", "set_up_at") values ('berta', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', '59469120', '2026-11-26T15:00:00');
insert into "operator_try" ("id", "username", "what", "at") values ('019389f2-7c00-7abc-8def-000000000001', 'anna', 'password', '1795000000000');
insert into "outbox" ("record_id", "cinema_code", "check_time", "incomplete", "revision", "attempts", "parked_at", "next_attempt_at", "error_code", "error_message", "start_time", "identity", "sent_at") values ('01a20e77-d1e5-7874-8ee2-3a10a2d81feb', '31012345', '2026-11-24T19:00:02', '0', '0', '0', null, null, null, null, '2026-11-24T19:30:00', 'dae3080f218efad46692cae7eb896393', null);
insert into "outbox" ("record_id", "cinema_code", "check_time", "incomplete", "revision", "attempts", "parked_at", "next_attempt_at", "error_code", "error_message", "start_time", "identity", "sent_at") values ('01a20e77-d1e5-7874-8ee2-3a11e4451baf', '31012345', '2026-11-24T19:00:03', '1', '0', '0', null, null, null, null, '2026-11-24T19:30:00', '7da26d3cf56fb0e944538e437c853c87', null);
insert into "outbox" ("record_id", "cinema_code", "check_time", "incomplete", "revision", "attempts", "parked_at", "next_attempt_at", "error_code", "error_message", "start_time", "identity", "sent_at") values ('01a20e77-d1e5-7874-8ee2-3a136e31e74d', '31012345', '2026-11-24T19:00:05', '0', '0', '1', '2026-11-24T19:20:00', '2026-11-24T20:20:00', 'INVALID_PRICE', 'Price can''t be', '2026-11-24T19:30:00', 'ac6af7347291ae162f729bda17f1c5ce', null);
insert into "quarantine_review" ("cinema_code", "revision", "reviewed_to", "leased_until") values ('31012345', '1', null, '0');
insert into "record_id_secret" ("id", "secret", "unkeyed_until") values ('1', '10af2ebdd1fbfe56b7cea9f3baf68fd4f49f33ac7fe8eda3859abde10524c7d8', '2026-11-25T19:00:01');
insert into "released_claim" ("start_time", "cinema_code", "film_ticket_code", "record_id", "account", "released_at", "uncertain") values ('2026-11-25T19:30:00', '31012345', '9999999999999992', '019abc12-3456-7abc-8def-000000000002', '', '2026-11-25T19:10:00', '0');
insert into "released_claim" ("start_time", "cinema_code", "film_ticket_code", "record_id", "account", "released_at", "uncertain") values ('2026-11-25T19:30:00', '31012345', '9999999999999993', '019abc12-3456-7abc-8def-000000000003', '', '2026-11-25T19:10:00', '0');
insert into "restore_moment" ("generation", "served_at", "restored_at", "measured") values ('eebca949-c9ed-4707-9e30-cabadbf0ec0c', '2026-11-25T04:00:00', '2026-11-25T04:00:00', '1');
insert into "reversal" ("reverses", "identity", "cinema_code", "account", "record_id", "film_ticket_code", "start_time", "check_time", "reversed_at", "received_at", "delivered_at", "error_code", "revision") values ('019389f2-7c00-7abc-8def-0123456789f1', '', '31012345', '', '019389f2-7c00-7abc-8def-0123456789f2', '7777777777777799', '2026-11-24T19:30:00', '2026-11-24T19:20:00', '2026-11-24T19:25:00', '2026-11-24T19:25:00', '2026-11-24T19:25:01', null, '0');
insert into "served_cinema" ("cinema_code") values ('31012345');
insert into "store_generation" ("id", "generation", "replaced", "renewed_at", "server_system", "server_timeline", "server_synchronous") values ('1', 'eebca949-c9ed-4707-9e30-cabadbf0ec0c', '1587f313-6c33-414e-b416-e68a4ee684ac', '2026-11-25T04:00:00', null, null, null);
insert into "terminal_scans" ("account", "store_id", "step", "counts", "total") values ('terminal-1', '', '2026-11-24T19:30:00', '{"ADMIT":3}', '3');
insert into "terminal_state" ("account", "store_id", "heard_at", "state", "waiting_since", "ending", "tells_scans") values ('terminal-1', '0b8f2a52-3f0a-4f43-9a55-6f1c0a3b7d12', '1795000000000', '{}', null, '0', '0');
insert into "ticket_claim" ("start_time", "cinema_code", "film_ticket_code", "record_id", "check_time", "gate", "account", "claimed_at", "recorded") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', '01a20e77-d1e4-7c5b-bbf0-bf55b0c68f15', '2026-11-24T19:00:01', '', 'gate-1', '2026-11-24T19:00:01', '1');
insert into "ticket_claim" ("start_time", "cinema_code", "film_ticket_code", "record_id", "check_time", "gate", "account", "claimed_at", "recorded") values ('2026-11-24T19:30:00', '31012345', '7777777777777772', '01a20e77-d1e5-7874-8ee2-3a10a2d81feb', '2026-11-24T19:00:02', '', 'gate-1', '2026-11-24T19:00:02', '1');
insert into "ticket_claim" ("start_time", "cinema_code", "film_ticket_code", "record_id", "check_time", "gate", "account", "claimed_at", "recorded") values ('2026-11-24T19:30:00', '31012345', '7777777777777773', '01a20e77-d1e5-7874-8ee2-3a11e4451baf', '2026-11-24T19:00:03', '', 'gate-1', '2026-11-24T19:00:03', '1');
insert into "ticket_claim" ("start_time", "cinema_code", "film_ticket_code", "record_id", "check_time", "gate", "account", "claimed_at", "recorded") values ('2026-11-24T19:30:00', '31012345', '7777777777777775', '01a20e77-d1e5-7874-8ee2-3a136e31e74d', '2026-11-24T19:00:05', '', 'gate-1', '2026-11-24T19:00:05', '1');
insert into "ticket_claim" ("start_time", "cinema_code", "film_ticket_code", "record_id", "check_time", "gate", "account", "claimed_at", "recorded") values ('2026-11-25T19:30:00', '31012345', '9999999999999991', '019abc12-3456-7abc-8def-000000000001', '2026-11-25T19:01:00', 'east', 'terminal-1', '2026-11-25T19:10:00', '0');
insert into "ticket_claim" ("start_time", "cinema_code", "film_ticket_code", "record_id", "check_time", "gate", "account", "claimed_at", "recorded") values ('2026-11-25T19:30:00', '31012346', '8888888888888881', '01a2125c-cb68-849e-9079-5e0023682f2a', '2026-11-25T19:00:01', '', 'terminal-1', '2026-11-25T19:00:02', '1');
insert into "ticket_pick_up" ("start_time", "cinema_code", "film_ticket_code", "picked_up_at", "account") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', '2026-11-24T19:05:00', 'terminal-1');
insert into "ticket_refund" ("start_time", "cinema_code", "film_ticket_code", "refunded_at", "known_at") values ('2026-11-24T19:30:00', '31012345', '7777777777777771', '2026-11-24T19:10:00', '2026-11-24T19:10:05');
insert into "told_upstream" ("business_date", "cinema_code", "generation", "entries", "delivered", "compared_on", "failures", "retry_at") values ('2026-11-24', '31012345', 'b8e4cede-116c-42fd-8145-ad0aaaaaaaaa', '4', '3', null, '2', '2026-11-25T06:30:00');
insert into "upstream" ("id", "url", "username", "private_key", "ca", "cinema_codes", "payload_form", "price_form", "extensions", "generation", "algorithm") values ('1', 'https://platform.example:9000', 'sender-1', '-----BEGIN PRIVATE KEY-----
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

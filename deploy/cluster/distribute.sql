-- Distributes a platform's tables over the servers of Citus. Run on the coordinator with `psql -1 -f`, as the owner of the tables, after
-- `create extension citus`, `citus_add_node` of each worker and the first `store` command of the platform, and before it serves.
-- One file for both platforms: it takes the tables that are there, and may run again. Tables that it does not name stay on the coordinator.
do $$
declare
  -- Rows of a cinema lie together on one server.
  by_cinema constant text[] := array[
    'cached_key', 'change', 'change_pending', 'check_record', 'cinema_activity', 'delivered_record', 'delivery', 'e_ticket', 'finding',
    'finding_note', 'key_fetch', 'key_question', 'outbox', 'outbox_owner',
    'quarantine_review', 'refund', 'released_claim', 'reversal', 'screen', 'suspicious',
    'told_day', 'told_upstream', 'ticket', 'ticket_claim', 'ticket_pick_up', 'ticket_refund'
  ];
  -- Small, and joined with rows of many cinemas: each server has all rows.
  everywhere constant text[] := array['cinema', 'film', 'public_key', 'served_cinema', 'shared_cinema'];
  name text;
begin
  foreach name in array by_cinema loop
    if exists (select from pg_tables where schemaname = 'public' and tablename = name)
      and not exists (select from citus_tables where table_name = to_regclass(name)) then
      perform create_distributed_table(name, 'cinema_code', colocate_with => 'default');
    end if;
  end loop;
  foreach name in array everywhere loop
    if exists (select from pg_tables where schemaname = 'public' and tablename = name)
      and not exists (select from citus_tables where table_name = to_regclass(name)) then
      perform create_reference_table(name);
    end if;
  end loop;
end $$;

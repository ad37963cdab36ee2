import { shortForm } from '../short-form.ts';

shortForm(
  'cluster',
  11,
  'every part of deploy/cluster is killed once and the primary moved: nothing is lost, nobody enters twice as confirmed, all is back by itself',
);

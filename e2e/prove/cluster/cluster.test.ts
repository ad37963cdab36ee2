import { shortForm } from '../short-form.ts';

shortForm(
  'cluster',
  11,
  'each part of deploy/cluster killed loses nothing, lets nobody in twice as confirmed, and comes back',
);

import { shortForm } from '../short-form.ts';

shortForm(
  'poison',
  1,
  'a bad record among a thousand keeps no other from arriving, and a peer that refuses everything has nothing parked',
);

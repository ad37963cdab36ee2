import { shortForm } from '../short-form.ts';

shortForm(
  'hostile',
  20,
  'a platform above that answers every Api with too much fills no log, disk or memory, stops no scan and loses no record',
);

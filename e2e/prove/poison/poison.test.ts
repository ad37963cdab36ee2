import { shortForm } from '../short-form.ts';

shortForm('poison', 1, 'a bad record keeps no other from arriving, and where all are refused nothing is parked');

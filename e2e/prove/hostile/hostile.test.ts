import { shortForm } from '../short-form.ts';

shortForm('hostile', 20, 'a platform that answers with too much fills nothing, stops no scan and loses no record');

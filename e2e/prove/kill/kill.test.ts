import { shortForm } from '../short-form.ts';

shortForm('kill', 30, 'kill -9 of any service at any moment neither loses an admission nor lets a ticket in twice');

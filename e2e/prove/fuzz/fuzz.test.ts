import { shortForm } from '../short-form.ts';

shortForm('fuzz', 1_500, 'nothing changed crashes a service, passes for genuine or gets no documented code');

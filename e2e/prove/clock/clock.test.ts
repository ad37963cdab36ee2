import { shortForm } from '../short-form.ts';

shortForm('clock', 3, 'a wrong clock loses nothing, doubles nothing and is reported, and check times never change');

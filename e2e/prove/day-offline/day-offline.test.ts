import { shortForm } from '../short-form.ts';

shortForm('day-offline', 1_100, 'what was admitted offline arrives once the line is back, oldest first');

import { shortForm } from '../short-form.ts';

shortForm('race', 150, 'of two terminals that are shown one ticket at the same moment, one admits');
shortForm('race-offline', 150, 'of two gates of a terminal that has no line, one admits');

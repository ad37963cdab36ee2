/** The current time in milliseconds since the epoch. Passed in everywhere; only a program's main file uses `Date.now`. */
export type Clock = () => number;

declare const brand: unique symbol;

/** A value whose form was checked when it was parsed; the name tells one kind of text or number from another. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

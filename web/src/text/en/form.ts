/** Texts of the folder form. */
export const form = {} as const;

/** Texts of the folder data. */
export const data = {} as const;

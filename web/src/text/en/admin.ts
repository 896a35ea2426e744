/** Texts of the folder admin. */
export const admin = {} as const;

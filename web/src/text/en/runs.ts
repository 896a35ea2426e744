/** Texts of the folder runs. */
export const runs = {} as const;

/** Texts of the folder scenarios. */
export const scenarios = {} as const;

/** Under which name dragged code travels from the panel into an editor. */
export const dragType = 'application/x-ropeway-code';

/** Where in an execution an operation took place. */
export interface Place {
  cycle: number;
  /** The numbers of the bundles that led to it, one for each module on the way that gave several. */
  bundles: number[];
}

/** Reads the address of an operation: "1/1.5/2" is module 2 with bundle 5 of module 1, in cycle 1. */
export function placeOf(address: string): Place {
  const [cycle = '', ...steps] = address.split('/');
  const bundles = steps.slice(0, -1).map((step) => Number(/\.(\d+)/.exec(step)?.[1] ?? 0));
  return { cycle: Number(cycle) || 1, bundles: bundles.filter((n) => n > 0) };
}

/**
 * The place of which all is told, and some of what comes behind it: between two positions, which are whole numbers. Who
 * comes back to it is told everything behind the whole one.
 */
export const andMore = (position: number): number => position + 0.5;

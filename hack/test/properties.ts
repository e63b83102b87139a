import fc from 'fast-check';

/**
 * Required by mocha before the tests. A gate says the same of the same files each time, so properties try the same cases;
 * with `EXPLORE_PROPERTIES` set (every night) they try others, and ten times as many where a test names no number.
 */
fc.configureGlobal(process.env['EXPLORE_PROPERTIES'] === undefined ? { seed: 20_270_110 } : { numRuns: 1000 });

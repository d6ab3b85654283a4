import assert from "node:assert/strict";
import { testResults } from "../../scripts/test_results.ts";

Deno.test("testResults: each test once, with its outcome and what it printed itself", () => {
  const output = `running 5 tests from ./tests/a.test.ts
quick ... ok (1ms)
telling ...
------- output -------
signing in ... ok
3 faults
----- output end -----
telling ... ok (2m3s)
slow ...'slow' has been running for over (1m0s)

------- post-test output -------
1 of 2
'slow' has been running for over (2m0s)
2 of 2
----- post-test output end -----
slow ... ok (3m0s)
in steps ...
  first ... ok (1ms)
  second ... FAILED (1ms)
in steps ... FAILED (due to 1 failed step) (5ms)
needs a peer (skipped: none) ... ignored (0ms)

 ERRORS

in steps ... second => ./tests/a.test.ts:1:1
error: AssertionError

FAILED | 3 passed (1 step) | 1 failed (1 step) | 1 ignored (3ms)
`;
  assert.deepEqual(testResults(output), [
    { name: "quick", outcome: "passed", said: [] },
    { name: "telling", outcome: "passed", said: ["signing in ... ok", "3 faults"] },
    { name: "slow", outcome: "passed", said: ["1 of 2", "2 of 2"] },
    { name: "in steps", outcome: "failed", said: [] },
    { name: "needs a peer (skipped: none)", outcome: "not run", said: [] },
  ]);
});

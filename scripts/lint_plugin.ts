/**
 * The house's own lint rule: the process's edges stand in main.ts and src/system only, so that everything
 * else can be tested without a process.
 *
 * @module
 */

/** What only the walls may touch: exiting, arguments, environment, the three streams. */
const EDGES: ReadonlySet<string> = new Set([
  "exit",
  "exitCode",
  "args",
  "env",
  "stdin",
  "stdout",
  "stderr",
  "addSignalListener",
]);

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    edges: {
      create(context) {
        if (!/[\\/]src[\\/](?!system[\\/]|deps\.ts$)/.test(context.filename)) return {};
        return {
          MemberExpression(node) {
            if (node.object.type !== "Identifier" || node.property.type !== "Identifier") return;
            const { name } = node.object;
            if (name === "console" || (name === "Deno" && EDGES.has(node.property.name))) {
              context.report({
                node,
                message:
                  `${name}.${node.property.name} belongs to main.ts, src/deps.ts and src/system`,
                hint: "Take it from Deps.",
              });
            }
          },
        };
      },
    },
  },
};

export default plugin;

// Answers SQL: a line {"sql": ".."} in, a line {"rows": [[..]], "ms": .., "cpu": ..} or
// {"error": ".."} out. The argument is the folder whose node_modules has DuckDB.
const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');

const { DuckDBInstance } = createRequire(path.resolve(process.argv[2]) + '/')('@duckdb/node-api');

async function main() {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      const cpu = process.cpuUsage();
      const began = performance.now();
      const rows = (await connection.runAndReadAll(JSON.parse(line).sql)).getRowsJson();
      const ms = performance.now() - began;
      const { user, system } = process.cpuUsage(cpu);
      answer = { rows: rows.map((row) => row.map((v) => (v === null ? '' : String(v)))), ms, cpu: (user + system) / 1000 };
    } catch (error) {
      answer = { error: String(error) };
    }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
}

main();

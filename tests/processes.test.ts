/** Processes of the demo: whichever is killed, the demo says so, ends with 1 and leaves nothing behind; servers have no permission but their own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { denoArguments, denoBinary } from "../node/deno.ts";
import { freePorts } from "../node/demo/house.ts";
import { createSupervisor } from "../node/processes.ts";
import { type Demo, startDemo, survivors } from "./demo.ts";

const killed = suite("a process of the demo is killed");

/** In the middle of the first round. */
const underWay = (demo: Demo): Promise<unknown> => demo.line(({ event, what }) => event === "step" && what === "time");

for (const name of ["director", "repository", "time", "tcu", "gateway", "brakes", "door"]) {
  killed(name, async () => {
    const demo = startDemo();
    await underWay(demo);
    const pid = demo.pids.get(name);
    assert.ok(pid !== undefined);
    process.kill(pid, "SIGKILL");
    const { code, stdout, lines, left } = await demo.end;
    assert.is(code, 1);
    assert.equal(left, []);
    assert.is(stdout, "");
    assert.ok(lines.some(({ event, sentence }) => event === "failed" && sentence === `Cannot go on: ${name} (pid ${pid}) was ended by SIGKILL`));
    assert.is(demo.pids.size, 7);
    assert.equal(await survivors(demo.pids.values()), []);
  });
}

killed("by Ctrl-C, or told to stop, the demo stops all the others", async () => {
  for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    const demo = startDemo();
    await underWay(demo);
    demo.child.kill(signal);
    const { code, stdout, lines, left } = await demo.end;
    assert.is(code, expected);
    assert.equal(left, []);
    assert.is(stdout, "");
    assert.ok(lines.some(({ event, sentence }) => event === "failed" && sentence?.includes("everything is stopped")));
    assert.equal(await survivors(demo.pids.values()), []);
  }
});

killed("the demo itself: its children see that it is gone", async () => {
  const demo = startDemo();
  await underWay(demo);
  demo.child.kill("SIGKILL");
  await demo.end;
  assert.equal(await survivors(demo.pids.values()), []);
});

killed("with --keep everything runs on until a signal comes", async () => {
  const demo = startDemo("--keep");
  let stdout = "";
  const object = new Promise<{ ok: boolean; urls: Record<string, string>; processes: { name: string; pid: number }[] }>((resolve) => {
    demo.child.stdout?.on("data", (data: Buffer) => {
      stdout += data.toString();
      if (stdout.endsWith("\n")) resolve(JSON.parse(stdout));
    });
  });
  const { ok, urls } = await object;
  assert.is(ok, true);
  for (const url of [urls["director"], urls["repository"], urls["time"]]) assert.is((await fetch(`${url}/health`)).status, 200);
  demo.child.kill("SIGINT");
  assert.is((await demo.end).code, 130);
  assert.equal(await survivors(demo.pids.values()), []);
});

killed.run();

const children = suite("children");

children("that say no hello, say something else, or cannot be started are errors", async () => {
  const supervisor = createSupervisor(() => undefined);
  for (const code of ["process.exit(3)", "console.log('hi'); setTimeout(() => 0, 1e6)", "console.log('{\"name\":\"x\",\"pid\":1}'); setTimeout(() => 0, 1e6)"]) {
    const failed = await supervisor.start("x", process.execPath, ["-e", code], ".").then(() => "", (error: unknown) => String(error));
    assert.match(failed, /Cannot (start|go on)/);
  }
  assert.match(await supervisor.start("x", "/does/not/exist", [], ".").then(() => "", (error: unknown) => String(error)), /did not start/);
  assert.match(await supervisor.death, /^Cannot go on: x \(pid \d+\) ended with exit code 3$/);
  await supervisor.stopAll();
});

children("that do not listen are killed", async () => {
  const supervisor = createSupervisor(() => undefined);
  const deaf = "process.on('SIGTERM', () => 0); console.log(JSON.stringify({ name: 'deaf', pid: process.pid })); setInterval(() => 0, 1e6)";
  const { pid } = await supervisor.start("deaf", process.execPath, ["-e", deaf], ".");
  await supervisor.stopAll();
  assert.equal(await survivors([pid], 1), []);
});

children.run();

const permissions = suite("permissions of the servers");

permissions("reading, writing, listening and asking outside their own place fail", async () => {
  const { director: port, time: other } = await freePorts();
  const folder = mkdtempSync(join(tmpdir(), "permissions-"));
  try {
    const own = join(folder, "own");
    mkdirSync(own);
    writeFileSync(join(own, "inside"), "1");
    writeFileSync(join(folder, "outside"), "2");
    const script = join(folder, "probe.ts");
    writeFileSync(script, `
      const [own, outside] = [Deno.args[0], ${JSON.stringify(join(folder, "outside"))}];
      const probes = {
        readInside: () => Deno.readTextFileSync(own + "/inside"),
        writeInside: () => Deno.writeTextFileSync(own + "/new", "3"),
        listenOwn: () => Deno.listen({ hostname: "127.0.0.1", port: ${port} }).close(),
        readOutside: () => Deno.readTextFileSync(outside),
        readUp: () => Deno.readTextFileSync(own + "/../outside"),
        readPassword: () => Deno.readTextFileSync("/etc/passwd"),
        writeOutside: () => Deno.writeTextFileSync(outside, "4"),
        listenOther: () => Deno.listen({ hostname: "127.0.0.1", port: ${other} }),
        listenAll: () => Deno.listen({ hostname: "0.0.0.0", port: ${port} }),
        environment: () => Deno.env.get("HOME"),
        run: () => new Deno.Command("true").outputSync(),
      };
      const seen = {};
      for (const [name, probe] of Object.entries(probes)) {
        try { probe(); seen[name] = "allowed"; } catch (error) { seen[name] = error.name; }
      }
      console.log(JSON.stringify(seen));
    `);
    const { stdout, stderr } = spawnSync(denoBinary(), denoArguments(script, own, port), { cwd: folder, encoding: "utf8" });
    assert.equal(JSON.parse(stdout || JSON.stringify(stderr)), {
      readInside: "allowed", writeInside: "allowed", listenOwn: "allowed",
      readOutside: "NotCapable", readUp: "NotCapable", readPassword: "NotCapable", writeOutside: "NotCapable",
      listenOther: "NotCapable", listenAll: "NotCapable", environment: "NotCapable", run: "NotCapable",
    });
    assert.equal(readdirSync(own).sort(), ["inside", "new"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

permissions.run();

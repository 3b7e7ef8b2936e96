// A test's own session of the mock server: script it, and check what came. Works with any test runner.
// It starts empty, also when the runner tries a test again.
export async function session(name) {
  const headers = { "x-mock-session": name };
  // A mock in a container asks for it; that of `mockserver run` does not.
  const token = process.env.MOCKSERVER_CONTROL_TOKEN;
  const own = token ? { ...headers, "x-mock-token": token } : headers;

  async function control(method, path, body) {
    const url = `${process.env.ANTHROPIC_BASE_URL}/_mock/${path}`;
    const response = await fetch(url, { method, headers: own, body: body && JSON.stringify(body) });
    const told = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(told.error, null, 2));
    return told;
  }

  await control("POST", "reset", { session: name });
  return {
    headers,
    script: (scenario) => control("POST", "scenarios", scenario),
    verify: (claim) => control("POST", "verify", claim),
    requests: () => control("GET", "requests"),
  };
}

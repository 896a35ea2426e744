// Lists the scenarios of a server by the types that were generated from its OpenAPI document.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const [baseUrl, token] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

const page = await client.GET("/scenarios", { params: { query: { limit: 10 } } });
if (page.error) throw new Error(page.error.detail);
const scenarios: components["schemas"]["Scenario"][] = page.data.items;
for (const scenario of scenarios) console.log(scenario.id, scenario.name);

const absent = await client.GET("/scenarios/{id}", { params: { path: { id: 99 } } });
console.log(absent.error?.detail);

import { startAction } from "./action.js";
import { p as createSystemPorts } from "./plateau.js";
// src/main.ts
startAction({ system: createSystemPorts });
export {};

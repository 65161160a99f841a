import { startAction } from "./action.js";
import { c as createSystemPorts } from "./plateau.js";
// src/main.ts
startAction({ system: createSystemPorts });
export {};

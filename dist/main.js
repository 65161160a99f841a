import { startAction } from "./action.js";
import { f as createSystemPorts } from "./plateau.js";
// src/main.ts
startAction({ system: createSystemPorts });
export {};

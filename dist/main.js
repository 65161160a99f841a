import { startAction } from "./action.js";
import { d as createSystemPorts } from "./plateau.js";
// src/main.ts
startAction({ system: createSystemPorts });
export {};

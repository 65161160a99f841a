import { startAction } from "./action.js";
import { u as createSystemPorts } from "./plateau.js";
// src/main.ts
startAction({ system: createSystemPorts });
export {};

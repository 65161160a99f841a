import { startAction } from "./action.js";
import { c as systemPorts } from "./plateau.js";
// src/main.ts
startAction({ system: systemPorts });
export {};

import { startAction } from "./action.js";
import { p as systemPorts } from "./plateau.js";
// src/main.ts
startAction({ system: systemPorts });
export {};

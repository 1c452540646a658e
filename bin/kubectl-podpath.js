#!/usr/bin/env node
// `kubectl podpath …`: kubectl runs a program of this name as its plugin.
import './podpath.js'

/** A thread that says what Node does where it can open no more files for one. */
throw new Error('Worker initialization failure: EMFILE')

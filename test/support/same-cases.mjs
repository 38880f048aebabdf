// Property tests draw the same cases at every run, so that a change is judged by what it changed. FC_SEED=n draws others.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20_261_122) });

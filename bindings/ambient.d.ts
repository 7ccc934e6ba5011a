/** The integer types that constants shared with AssemblyScript are declared with; to TypeScript they are numbers. */
declare type u32 = number;
declare type u64 = number;

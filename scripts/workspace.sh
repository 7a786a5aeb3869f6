# Sourced by the scripts that fill .deps; needs $deps and the function say.

# One run at a time. Child processes inherit the lock on purpose: what a killed run left working still holds it.
lock_deps() {
    exec 9>"$deps/.lock"
    if ! flock --nonblock 9; then
        say "waiting for another run to finish"
        flock 9
    fi
}

# Sets $work to a temporary folder inside .deps, of which nothing stays however the script ends.
make_work_folder() {
    rm -rf -- "$deps"/.tmp.*
    work=$(mktemp -d -- "$deps/.tmp.XXXXXX")
    trap 'rm -rf -- "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    umask 022
    chmod 755 -- "$work"
}

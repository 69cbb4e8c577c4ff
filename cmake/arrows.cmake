# The arrows between the rooms, as ARCHITECTURE.md draws them: who may include whom.
#
#   room(NAME SEES name…)   what lives in <root>/NAME may include its own room and these
#   core(NAME…)             these files, and all they include, see no actors, sockets or databases
#   door(PREFIX OPENS …)    headers of a library that only these rooms, or folders in them, include
#   bridge(NAME OPENS prefix…)   this one header opens these doors: no core may reach it
#
# Read by check_arrows.cmake.

room(lifeline/time)
room(lifeline/context     SEES lifeline/time)
room(lifeline/observe     SEES lifeline/time lifeline/context)
set(without_caf lifeline/time lifeline/context lifeline/observe)
room(lifeline/actor       SEES ${without_caf})
room(lifeline/bus         SEES ${without_caf} lifeline/actor)
room(lifeline/supervision SEES ${without_caf} lifeline/actor)
room(lifeline/work        SEES ${without_caf} lifeline/actor lifeline/bus lifeline/supervision)
set(runtime ${without_caf} lifeline/actor lifeline/bus lifeline/supervision lifeline/work)

room(lifeline/guards      SEES ${runtime})
room(lifeline/ledger      SEES ${runtime})
set(below ${runtime} lifeline/guards lifeline/ledger)

room(bank/books           SEES ${below})
room(bank/json            SEES ${below})
room(bank/storage          SEES ${below})
room(bank/storage/rules    SEES ${below})
room(bank/storage/files    SEES ${below} bank/storage)
room(bank/storage/memory   SEES ${below} bank/storage bank/storage/rules)
room(bank/storage/sqlite   SEES ${below} bank/storage bank/storage/rules bank/storage/files)
room(bank/storage/postgres SEES ${below} bank/storage bank/storage/rules)
room(bank/storage/redis    SEES ${below})
set(stores bank/storage bank/storage/rules bank/storage/files bank/storage/memory
    bank/storage/sqlite bank/storage/postgres bank/storage/redis)
room(bank/pages           SEES ${below})
room(driver               SEES ${below} bank/storage bank/storage/sqlite bank/books bank/json)
room(bank/api             SEES ${below} bank/storage bank/storage/files bank/pages bank/books
                                bank/json)
room(bank/node            SEES ${below} ${stores} bank/pages bank/books bank/json bank/api)

core(lifeline/time lifeline/context lifeline/observe)
core(lifeline/bus/event lifeline/bus/event_ring lifeline/bus/event_cursor lifeline/bus/topic_pattern)
core(lifeline/ledger/values lifeline/ledger/core)
core(bank/books bank/json bank/storage/rules bank/storage/memory)
core(lifeline/guards/refusal lifeline/guards/token_bucket lifeline/guards/caller_table lifeline/guards/rate_limits)
core(lifeline/guards/s3_fifo lifeline/guards/ttl_cache lifeline/guards/failure_window lifeline/guards/breaker_state)
core(lifeline/guards/admission lifeline/guards/running_median lifeline/guards/time_needed lifeline/guards/log_pace)
core(bank/api/observe/traffic_window)

bridge(lifeline/context/bind_cancellation OPENS boost/asio)

door(caf/         OPENS lifeline/actor)
door(boost/asio   OPENS lifeline/actor lifeline/bus bank/api bank/node driver)
door(boost/beast  OPENS bank/api)
door(SQLiteCpp/   OPENS bank/storage/sqlite bank/node)
door(sqlite3      OPENS bank/storage/sqlite)
door(pqxx/        OPENS bank/storage/postgres)
door(libpq        OPENS bank/storage/postgres)
door(hiredis/     OPENS bank/storage/redis)
